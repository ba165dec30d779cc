//! A state as a screen, and nothing but that.

use super::series::{SECONDS, Series};
use super::state::{Missing, State};
use crate::cli::histogram;
use crate::cli::table::thousands;
use load::server::shown;
use ratatui::Frame;
use ratatui::layout::Constraint::{Length, Min};
use ratatui::layout::{Layout, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, Borders, LineGauge, RenderDirection, Sparkline};
use std::time::Duration;

/// Leaves a minute's 60 columns on a terminal of 80.
const WORDS: u16 = 20;
/// A bar of the histogram has what its numbers leave over.
const NUMBERS: u16 = 31;

/// Draws all of it.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let asks_in_vain = matches!(state.server.now, Some(Err(Missing::Never)));
    let server_height = if asks_in_vain { 2 } else { 5 };
    let [head, rates, server, times, keys] =
        Layout::vertical([Length(2), Length(7), Length(server_height), Min(0), Length(1)])
            .areas(frame.area());
    draw_head(frame, head, state);
    draw_rates(frame, rates, state);
    draw_server(frame, server, state);
    draw_times(frame, times, state);
    let line = match state.ending {
        true => {
            Line::from("ending: waiting for what is in flight; again to end at once").reversed()
        }
        false => Line::from("q, Esc or Ctrl-C ends the run; what was measured is reported").dim(),
    };
    frame.render_widget(line, keys);
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let [what, how_far] = Layout::vertical([Length(1); 2]).areas(area);
    let plan = &state.plan;
    let load = match plan.rate {
        Some(rate) => {
            format!("{rate} a second (open loop, at most {} connections)", plan.concurrency)
        }
        None => format!("{} connections (closed loop)", plan.concurrency),
    };
    let line = Line::from_iter([shown(&plan.url).bold(), "  ".into(), load.into()]);
    frame.render_widget(line, what);

    let gauge = LineGauge::default()
        .ratio(state.done())
        .label(how_far_it_is(state))
        .filled_symbol("█")
        .unfilled_symbol("░")
        .filled_style(Style::new().cyan())
        .unfilled_style(Style::new().dim());
    frame.render_widget(gauge, how_far);
}

fn how_far_it_is(state: &State) -> String {
    let Some(elapsed) = state.elapsed else {
        return "connecting".to_owned();
    };
    if state.warms_up() {
        return format!("warming up, {} of {}", seconds(elapsed), seconds(state.plan.warmup));
    }
    let left = state.left().filter(|_| !state.ending);
    format!(
        "{:.0}%, {}{}",
        state.done() * 100.0,
        seconds(elapsed),
        left.map_or_else(String::new, |left| format!(", about {} left", seconds(left)))
    )
}

fn draw_rates(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let title = match state.plan.warmup.is_zero() {
        true => "requests a second, the last minute",
        false => "requests a second, the last minute (with the warm-up's)",
    };
    let [accepted, rejected, errors] =
        Layout::vertical([Length(2); 3]).areas(section(frame, area, title));
    for (area, name, total, rates, style) in [
        (accepted, "accepted", state.counts.accepted, &state.rates.accepted, Style::new().green()),
        (rejected, "rejected", state.counts.rejected, &state.rates.rejected, Style::new().yellow()),
        (errors, "errors", state.counts.errors, &state.rates.errors, Style::new().red()),
    ] {
        let rate = rates.newest().map_or_else(String::new, |rate| thousands(rate) + "/s");
        let below = format!("{} in all", thousands(total));
        draw_series(frame, area, [name, &rate, &below], rates, style);
    }
}

fn draw_server(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let server = &state.server;
    let title = match &server.now {
        None => "server: asked for its metrics".to_owned(),
        Some(Ok(_)) => "server, the last minute".to_owned(),
        Some(Err(Missing::Never)) => "server".to_owned(),
        Some(Err(Missing::Now(why))) => format!("server: not available ({why})"),
    };
    let inner = section(frame, area, &title);
    if matches!(server.now, Some(Err(Missing::Never))) {
        frame.render_widget("it tells no metrics (stages 9 and 10 do)".dim(), inner);
        return;
    }
    let [pending, lock_wait] = Layout::vertical([Length(2); 2]).areas(inner);
    let figure = |value: Option<u64>, show: fn(u64) -> String| value.map_or_else(String::new, show);
    let now = figure(server.pending.newest(), thousands);
    let peak = figure(server.pending.peak(), |peak| format!("at most {}", thousands(peak)));
    let style = Style::new().cyan();
    draw_series(frame, pending, ["pending", &now, &peak], &server.pending, style);
    let now = figure(server.lock_wait.newest(), nanoseconds);
    let style = Style::new().magenta();
    draw_series(frame, lock_wait, ["lock wait", &now, "for each job"], &server.lock_wait, style);
}

fn draw_times(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let title = match state.plan.rate {
        Some(_) => "accepted, response time (from when it was due) up to",
        None => "accepted, service time up to",
    };
    let inner = section(frame, area, title);
    let (bar_max, lines_max) = (inner.width.saturating_sub(NUMBERS).into(), inner.height.into());
    let lines = state.times.iter().flat_map(|times| histogram::lines(times, lines_max, bar_max));
    frame.render_widget(Text::from_iter(lines), inner);
}

/// A headline over the whole width; returns what is below it.
fn section(frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    let block = Block::new().borders(Borders::TOP).title(format!(" {title} ")).dim();
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// A name, its figure and a line below these, beside the last minute.
fn draw_series(
    frame: &mut Frame<'_>,
    area: Rect,
    [name, figure, below]: [&str; 3],
    series: &Series,
    style: Style,
) {
    let [words, bars] = Layout::horizontal([Length(WORDS), Min(0)]).areas(area);
    let width = usize::from(WORDS - 2).saturating_sub(name.len());
    let first = Line::from_iter([name.to_owned().bold(), format!("{figure:>width$}").into()]);
    let below = Line::from(format!("{below:>0$}", usize::from(WORDS - 2)).dim());
    frame.render_widget(Text::from_iter([first, below]), words);

    // A second is as many columns wide as the terminal has for each.
    let columns = (usize::from(bars.width) / SECONDS).max(1);
    // What is not zero shows, however small it is beside the greatest.
    let least = series.peak().unwrap_or_default().div_ceil(8 * u64::from(bars.height).max(1));
    let seconds = series
        .values()
        .map(|value| value.map(|value| if value > 0 { value.max(least) } else { 0 }))
        .flat_map(|value| std::iter::repeat_n(value, columns));
    let sparkline = Sparkline::default()
        .data(seconds)
        .direction(RenderDirection::RightToLeft)
        .absent_value_symbol(" ")
        .style(style);
    frame.render_widget(sparkline, bars);
}

fn seconds(time: Duration) -> String {
    humantime::format_duration(Duration::from_secs(time.as_secs())).to_string()
}

fn nanoseconds(time: u64) -> String {
    let time = time as f64;
    match time {
        ..1e3 => format!("{time:.0} ns"),
        ..1e6 => format!("{:.1} µs", time / 1e3),
        ..1e9 => format!("{:.1} ms", time / 1e6),
        _ => format!("{:.1} s", time / 1e9),
    }
}

#[cfg(test)]
mod tests;
