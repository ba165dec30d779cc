//! Draws a state on the screen.

use super::series::{SECONDS, Series};
use super::state::{Missing, State};
use crate::cli::histogram;
use crate::cli::table::thousands;
use load::server::redact;
use ratatui::Frame;
use ratatui::layout::Constraint::{Length, Min};
use ratatui::layout::{Layout, Rect};
use ratatui::style::{Style, Stylize};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, Borders, LineGauge, RenderDirection, Sparkline};
use std::time::Duration;

/// The width of the labels. On a terminal of 80 columns it leaves 60, one for each second.
const LABEL_WIDTH: u16 = 20;
/// The width of a histogram line without its bar.
const NUMBERS_WIDTH: u16 = 31;

/// Draws the whole screen.
pub fn draw(frame: &mut Frame<'_>, state: &State) {
    let has_no_metrics = matches!(state.server.now, Some(Err(Missing::NotSupported)));
    let server_height = if has_no_metrics { 2 } else { 5 };
    let [head, rates, server, times, keys] =
        Layout::vertical([Length(2), Length(7), Length(server_height), Min(0), Length(1)])
            .areas(frame.area());
    draw_head(frame, head, state);
    draw_rates(frame, rates, state);
    draw_server(frame, server, state);
    draw_times(frame, times, state);
    let line = if state.ending {
        Line::from("ending: waiting for requests in flight; repeat to end at once").reversed()
    } else {
        Line::from("q, Esc or Ctrl-C ends the run and prints the report").dim()
    };
    frame.render_widget(line, keys);
}

fn draw_head(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let [load_area, progress_area] = Layout::vertical([Length(1); 2]).areas(area);
    let plan = &state.plan;
    let load = match (plan.rate, &plan.shape) {
        (Some(rate), _) => {
            format!("{rate} a second (open loop, at most {} connections)", plan.concurrency)
        }
        (None, Some(shape)) => {
            format!("{shape} (open loop, at most {} connections)", plan.concurrency)
        }
        (None, None) => format!("{} connections (closed loop)", plan.concurrency),
    };
    let line = Line::from_iter([redact(&plan.url).bold(), "  ".into(), load.into()]);
    frame.render_widget(line, load_area);

    let gauge = LineGauge::default()
        .ratio(state.progress())
        .label(progress_label(state))
        .filled_symbol("█")
        .unfilled_symbol("░")
        .filled_style(Style::new().cyan())
        .unfilled_style(Style::new().dim());
    frame.render_widget(gauge, progress_area);
}

fn progress_label(state: &State) -> String {
    let Some(elapsed) = state.elapsed else {
        return "connecting".to_owned();
    };
    if state.is_warming_up() {
        return format!("warming up, {} of {}", seconds(elapsed), seconds(state.plan.warmup));
    }
    let left = state.remaining().filter(|_| !state.ending);
    format!(
        "{:.0}%, {}{}",
        state.progress() * 100.0,
        seconds(elapsed),
        left.map_or_else(String::new, |left| format!(", about {} left", seconds(left)))
    )
}

fn draw_rates(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let title = if state.plan.warmup.is_zero() {
        "requests a second, the last minute"
    } else {
        "requests a second, the last minute (including warm-up)"
    };
    let [accepted, rejected, errors] =
        Layout::vertical([Length(2); 3]).areas(section(frame, area, title));
    for (area, name, total, rates, style) in [
        (accepted, "accepted", state.counts.accepted, &state.rates.accepted, Style::new().green()),
        (rejected, "rejected", state.counts.rejected, &state.rates.rejected, Style::new().yellow()),
        (errors, "errors", state.counts.errors, &state.rates.errors, Style::new().red()),
    ] {
        let rate = rates.newest().map_or_else(String::new, |rate| thousands(rate) + "/s");
        let below = format!("{} total", thousands(total));
        draw_series(frame, area, [name, &rate, &below], rates, style);
    }
}

fn draw_server(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let server = &state.server;
    let title = match &server.now {
        None => "server: reading its metrics".to_owned(),
        Some(Ok(_)) => "server, the last minute".to_owned(),
        Some(Err(Missing::NotSupported)) => "server".to_owned(),
        Some(Err(Missing::Failed(why))) => format!("server: not available ({why})"),
    };
    let inner = section(frame, area, &title);
    if matches!(server.now, Some(Err(Missing::NotSupported))) {
        frame.render_widget("it has no metrics (stages 9 and 10 do)".dim(), inner);
        return;
    }
    let [pending, lock_wait] = Layout::vertical([Length(2); 2]).areas(inner);
    let figure = |value: Option<u64>, show: fn(u64) -> String| value.map_or_else(String::new, show);
    let now = figure(server.pending.newest(), thousands);
    let peak = figure(server.pending.peak(), |peak| format!("max {}", thousands(peak)));
    let style = Style::new().cyan();
    draw_series(frame, pending, ["pending", &now, &peak], &server.pending, style);
    let now = figure(server.lock_wait.newest(), nanoseconds);
    let style = Style::new().magenta();
    draw_series(frame, lock_wait, ["lock wait", &now, "per job"], &server.lock_wait, style);
}

fn draw_times(frame: &mut Frame<'_>, area: Rect, state: &State) {
    let title = if state.plan.is_open() {
        "accepted, response time (since due) up to"
    } else {
        "accepted, service time up to"
    };
    let inner = section(frame, area, title);
    let bar_max = inner.width.saturating_sub(NUMBERS_WIDTH).into();
    let lines_max = inner.height.into();
    let lines = state.times.iter().flat_map(|times| histogram::lines(times, lines_max, bar_max));
    frame.render_widget(Text::from_iter(lines), inner);
}

/// Draws a title with a line over the whole width, and returns the area below it.
fn section(frame: &mut Frame<'_>, area: Rect, title: &str) -> Rect {
    let block = Block::new().borders(Borders::TOP).title(format!(" {title} ")).dim();
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// Draws a name, its current value and a line below, beside the chart of the last minute.
fn draw_series(
    frame: &mut Frame<'_>,
    area: Rect,
    [name, figure, below]: [&str; 3],
    series: &Series,
    style: Style,
) {
    let [label, bars] = Layout::horizontal([Length(LABEL_WIDTH), Min(0)]).areas(area);
    let width = usize::from(LABEL_WIDTH - 2).saturating_sub(name.len());
    let first = Line::from_iter([name.to_owned().bold(), format!("{figure:>width$}").into()]);
    let below = Line::from(format!("{below:>0$}", usize::from(LABEL_WIDTH - 2)).dim());
    frame.render_widget(Text::from_iter([first, below]), label);

    let columns_per_second = (usize::from(bars.width) / SECONDS).max(1);
    // Draw any value above zero at least one eighth of a line high.
    let least = series.peak().unwrap_or_default().div_ceil(8 * u64::from(bars.height).max(1));
    let seconds = series
        .values()
        .map(|value| value.map(|value| if value > 0 { value.max(least) } else { 0 }))
        .flat_map(|value| std::iter::repeat_n(value, columns_per_second));
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
