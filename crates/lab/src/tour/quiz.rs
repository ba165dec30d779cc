//! Asks for the user's predictions before the model's are shown, and scores them.

use super::terminal::Terminal;
use crate::experiments::Failure;
use crate::experiments::figure::{Expected, Figure};

/// The tolerance for an answer, as a share, where that for a measurement is smaller.
const NEAR: f64 = 0.10;

/// The score of a quiz.
#[derive(Debug, Default)]
pub(super) struct Quiz {
    asked: u32,
    right: u32,
}

impl Quiz {
    /// Asks the question of every figure that has one.
    pub fn ask(&mut self, figures: &[Figure], terminal: &mut Terminal) -> Result<(), Failure> {
        for figure in figures {
            let Some(question) = &figure.question else { continue };
            let Some(answer) = ask_number(question, terminal)? else { return Ok(()) };
            self.asked += 1;
            let right = is_right(&figure.expected, answer);
            self.right += u32::from(right);
            let predicted = figure.predicted_words();
            terminal.print(if right {
                format!("  right: {predicted}\n")
            } else {
                format!("  the prediction is {predicted}; compare it with the measurement\n")
            })?;
        }
        Ok(())
    }

    /// Formats the score.
    pub fn score(&self) -> String {
        format!("your predictions: {} of {} right\n", self.right, self.asked)
    }
}

/// Asks until the answer is a number; returns `None` at the end of the input.
fn ask_number(question: &str, terminal: &mut Terminal) -> Result<Option<f64>, Failure> {
    loop {
        let Some(answer) = terminal.ask(&format!("  {question} "))? else { return Ok(None) };
        match answer.replace(',', "").parse::<f64>() {
            Ok(number) if number.is_finite() => return Ok(Some(number)),
            _ => terminal.print("  a number, please\n")?,
        }
    }
}

fn is_right(expected: &Expected, answer: f64) -> bool {
    let near = |value: f64, share: f64| (answer - value).abs() <= share * value.abs();
    match expected {
        Expected::Exactly(value) => near(*value, 0.0),
        Expected::OneOf(values) => values.contains(&answer),
        Expected::Within { value, share } => near(*value, share.max(NEAR)),
        Expected::AtMost(value) => answer <= *value,
        Expected::AtLeast(value) => answer >= *value,
        Expected::Range { from, to } => (*from..=*to).contains(&answer),
        Expected::NotJudged(value) => value.is_some_and(|value| near(value, NEAR)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_has_the_tolerance_of_a_measurement() {
        let near = |value| Expected::Within { value, share: 0.05 };
        for (expected, answer, right) in [
            (Expected::Exactly(101.0), 101.0, true),
            (Expected::Exactly(101.0), 100.0, false),
            (Expected::OneOf(vec![100.0, 101.0]), 100.0, true),
            (near(10.0), 10.9, true),
            (near(10.0), 11.1, false),
            (Expected::AtLeast(1.0), 40.0, true),
            (Expected::AtMost(1.0), 40.0, false),
            (Expected::Range { from: 1.0, to: 2.0 }, 2.0, true),
            (Expected::Range { from: 1.0, to: 2.0 }, 2.1, false),
            (Expected::NotJudged(None), 40.0, false),
        ] {
            assert_eq!(is_right(&expected, answer), right, "{expected:?} {answer}");
        }
    }
}
