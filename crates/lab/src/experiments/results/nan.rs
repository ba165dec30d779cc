//! Deserializes NaN, which serde_json writes as `null`.

use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// A number or `null`.
#[derive(Deserialize)]
#[serde(transparent)]
pub struct Number(Option<f64>);

impl From<Number> for f64 {
    fn from(Number(value): Number) -> Self {
        value.unwrap_or(Self::NAN)
    }
}

/// Deserializes a list of numbers.
pub fn list<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<f64>, D::Error> {
    Ok(Vec::<Number>::deserialize(from)?.into_iter().map(f64::from).collect())
}

/// Deserializes numbers by name.
pub fn map<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, f64>, D::Error> {
    let named = BTreeMap::<String, Number>::deserialize(from)?;
    Ok(named.into_iter().map(|(name, value)| (name, value.into())).collect())
}

/// Deserializes lists of points by name.
pub fn points<'de, D, const N: usize>(from: D) -> Result<BTreeMap<String, Vec<[f64; N]>>, D::Error>
where
    D: Deserializer<'de>,
    [Number; N]: Deserialize<'de>,
{
    let named = BTreeMap::<String, Vec<[Number; N]>>::deserialize(from)?;
    let all =
        |points: Vec<[Number; N]>| points.into_iter().map(|point| point.map(f64::from)).collect();
    Ok(named.into_iter().map(|(name, points)| (name, all(points))).collect())
}

#[cfg(test)]
mod tests {
    use crate::experiments::results::Repetition;
    use std::collections::BTreeMap;

    #[test]
    fn nan_survives_a_round_trip() {
        let name = || "name".to_owned();
        let written = Repetition {
            measured: BTreeMap::from([(name(), f64::NAN)]),
            series: BTreeMap::from([(name(), vec![[1.0, f64::NAN]])]),
            cells: BTreeMap::from([(name(), vec![[1.0, 2.0, f64::NAN]])]),
            ..Repetition::default()
        };
        let line = serde_json::to_string(&written).unwrap();
        let read: Repetition = serde_json::from_str(&line).unwrap();
        assert!(read.measured["name"].is_nan() && read.series["name"][0][1].is_nan());
        assert_eq!(read.cells["name"][0][..2], [1.0, 2.0]);
        assert!(read.cells["name"][0][2].is_nan());
    }
}
