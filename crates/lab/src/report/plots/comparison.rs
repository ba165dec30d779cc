//! The controlled comparison: the lock and the parameters, each changed alone and both together.

use super::heading;
use crate::experiments::figure::Unit;
use crate::experiments::results::Outcome;
use crate::report::lookup;
use charts::axes::{Area, Axes, Axis};
use charts::canvas::{Anchor, Canvas, Face, Line, MARGIN};
use charts::{Colour, Plot};

/// A bar for one figure.
struct Bar {
    id: &'static str,
    lock: &'static str,
    colour: Colour,
    /// The margin above and below the bar; it differs by lock, so that colour is not the only
    /// distinction.
    inset: f64,
}

const fn one_lock(id: &'static str) -> Bar {
    Bar { id, lock: "one lock", colour: Colour::Vermillion, inset: 8.0 }
}

const fn many_locks(id: &'static str) -> Bar {
    Bar { id, lock: "64 locks", colour: Colour::Blue, inset: 3.0 }
}

/// A title for each set of parameters, and its bars with one lock and with 64.
const GROUPS: [(&str, [Bar; 2]); 2] = [
    (
        "Stage 7’s parameters: a queue of 100, 100 ms of work, 10 ms under the lock",
        [one_lock("stage7_with_7"), many_locks("stage8_with_7")],
    ),
    (
        "Stage 8’s parameters: a queue of 1,000, 10 ms of work, 1 ms under the lock",
        [one_lock("stage7_with_8"), many_locks("stage8_with_8")],
    ),
];

/// The height of a group's title.
const HEADING: f64 = 26.0;

pub fn draw(outcomes: &[Outcome]) -> Option<Plot> {
    let outcome = lookup::outcome(outcomes, "comparison")?;
    let bars = || GROUPS.into_iter().flat_map(|(_, bars)| bars);
    let values = bars()
        .flat_map(|bar| [lookup::measured(outcome, bar.id), lookup::predicted(outcome, bar.id)]);
    let most = values.flatten().reduce(f64::max)?;
    let factor = |id| lookup::measured(outcome, id);
    let title = describe(factor("lock_7"), factor("lock_8"), factor("all"));
    let run = "5,000 events at the documented rates; everything else the same (times ×\u{a0}10, \
               rates ÷\u{a0}10)";
    let mut canvas = Canvas::new(heading("comparison", title, run, &[outcome]));
    let axes = Axes {
        area: Area { left: 150.0, ..Area::below(&canvas, 40.0) },
        x: Axis::from_zero("events accepted of 5,000", most),
        y: Axis::with_ticks("", 0.0, 1.0, Vec::new()),
    };
    axes.draw(&mut canvas);
    axes.legend(&mut canvas, None);
    let group = (axes.area.bottom - axes.area.top) / GROUPS.len() as f64;
    let thick = (group - HEADING - 8.0) / 2.0;
    let mut y = axes.area.top;
    for (parameters, bars) in GROUPS {
        let at = [MARGIN, y + HEADING - 8.0];
        canvas.text(at, Anchor::Start, Face::Text, Colour::Ink, parameters);
        for (i, bar) in bars.iter().enumerate() {
            let top = y + HEADING + thick * i as f64;
            draw_bar(&mut canvas, &axes, outcome, bar, [top, top + thick]);
        }
        y += group;
    }
    Some(canvas.finish("Bars of accepted events: two kinds of lock under two sets of parameters."))
}

fn draw_bar(
    canvas: &mut Canvas,
    axes: &Axes,
    outcome: &Outcome,
    bar: &Bar,
    [top, bottom]: [f64; 2],
) {
    let &Bar { id, lock, colour, inset } = bar;
    let left = axes.area.left;
    let right = |value: f64| axes.to_pixels([value, 0.0])[0].max(left);
    let base = f64::midpoint(top, bottom) + 5.0;
    canvas.text([left - 12.0, base], Anchor::End, Face::Label, colour, lock);
    let (count, prediction) = (lookup::measured(outcome, id), lookup::predicted(outcome, id));
    let end = count.map_or(left, right);
    canvas.rect([left, top + inset], [end - left, bottom - top - 2.0 * inset], colour, 1.0);
    let mark = prediction.map_or(left, right);
    canvas.line(&[[mark, top], [mark, bottom]], Colour::Ink, Line::Dashed);
    let words = count.map_or("not measured".to_owned(), |value| Unit::Count.words(value));
    canvas.text([end.max(mark) + 12.0, base], Anchor::Start, Face::Label, colour, &words);
}

/// Describes the factors by which the lock alone, under either parameters, and all changes together
/// raise the accepted events.
fn describe(lock_7: Option<f64>, lock_8: Option<f64>, all: Option<f64>) -> String {
    let (Some(lock_7), Some(lock_8), Some(all)) = (lock_7, lock_8, all) else {
        return "Events accepted, by lock and by parameters".to_owned();
    };
    let words = |value: f64| Unit::Times.number(value);
    let lock = match (words(lock_7.min(lock_8)), words(lock_7.max(lock_8))) {
        (low, high) if low == high => low,
        (low, high) => format!("{low} to {high}"),
    };
    if lock_7.max(lock_8) < 1.05 {
        return format!(
            "64 locks instead of one change next to nothing ({lock} times); all changes together \
             make it {} times",
            words(all)
        );
    }
    if lock_7.max(lock_8) < all * 0.5 {
        format!(
            "64 locks instead of one let in {lock} times as many; queue and times make the rest of \
             {} times",
            words(all)
        )
    } else {
        format!("Most of the {} times as many are the lock’s doing: {lock} times", words(all))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_title_follows_from_the_data() {
        let title = |a, b, c| describe(Some(a), Some(b), Some(c));
        assert!(title(1.14, 1.14, 11.6).contains("let in 1.14 times as many"));
        assert!(title(1.14, 1.2, 11.6).contains("let in 1.14 to 1.20 times as many"));
        assert!(title(1.0, 1.01, 11.6).contains("next to nothing"));
        assert!(title(8.0, 8.0, 11.6).starts_with("Most of the 11.6 times"));
        assert!(describe(None, None, None).starts_with("Events accepted"));
    }
}
