//! How lively a contract is: the share of minutes with a row, the lots of a row, the open interest that a
//! day works towards. Curves only; the draws are made in `life`. The figures are those of the project's
//! architecture page, *Simulated market*, drawn from people who collected the real thing.

use super::catalogue::UnderlyingSpec;

/// Shares of the day's volume by half hour; the thirteenth is the last quarter of an hour
/// [OBS: the captured future].
const HALF_HOURS: [f64; 13] = [0.20, 0.07, 0.07, 0.05, 0.09, 0.05, 0.07, 0.03, 0.04, 0.03, 0.04, 0.13, 0.12];
/// Bars of the ordinary session to which the shares belong.
const ORDINARY_MINUTES: f64 = 375.0;

/// Activity of a minute beside the average minute of an ordinary day.
pub fn activity(index: usize, minutes: usize) -> f64 {
    let half_hour = (index / 30).min(HALF_HOURS.len() - 1);
    let first = half_hour * 30;
    let last_of_day = half_hour == HALF_HOURS.len() - 1;
    let length = if last_of_day { minutes.saturating_sub(first).max(15) } else { 30 };
    HALF_HOURS[half_hour] / length as f64 * ORDINARY_MINUTES
}

/// Share of minutes with a row at the money, by sessions left (0 on expiry day).
fn at_the_money(sessions_left: usize) -> f64 {
    match sessions_left {
        0..=1 => 1.0,
        2..=4 => 0.95,
        5..=9 => 0.60,
        10..=14 => 0.30,
        15..=29 => 0.12,
        _ => 0.06,
    }
}

/// Factor by moneyness in standard deviations, negative in the money. Dead strikes lie deep in the money;
/// far out of the money stays busy.
const BY_MONEYNESS: [(f64, f64); 11] = [
    (-6.0, 0.000_2),
    (-4.0, 0.002),
    (-3.0, 0.012),
    (-2.0, 0.05),
    (-1.0, 0.50),
    (0.0, 1.0),
    (1.0, 0.90),
    (4.0, 0.35),
    (6.0, 0.15),
    (9.0, 0.05),
    (14.0, 0.01),
];

pub fn by_moneyness(deviations: f64) -> f64 {
    let first = BY_MONEYNESS[0];
    let last = BY_MONEYNESS[BY_MONEYNESS.len() - 1];
    if deviations <= first.0 {
        return first.1;
    }
    BY_MONEYNESS.windows(2).find(|pair| deviations < pair[1].0).map_or(last.1, |pair| {
        let along = (deviations - pair[0].0) / (pair[1].0 - pair[0].0);
        pair[0].1 + along * (pair[1].1 - pair[0].1)
    })
}

/// Share of an option's minutes that have a traded row on one day.
pub fn option_presence(spec: &UnderlyingSpec, sessions_left: usize, deviations: f64) -> f64 {
    at_the_money(sessions_left) * by_moneyness(deviations) * spec.liveliness
}

/// Likewise of a future.
pub fn future_presence(spec: &UnderlyingSpec, sessions_left: usize) -> f64 {
    let of_index = match sessions_left {
        0..=21 => 1.0,
        22..=42 => 0.97,
        _ => 0.60,
    };
    if spec.is_index { of_index * (0.5 + spec.liveliness / 2.0) } else { of_index * of_index * 0.95 }
}

/// Mean lots of an option's traded minute: the livelier, the more.
pub fn option_lots(spec: &UnderlyingSpec, presence: f64) -> f64 {
    1.0 + spec.option_lots * presence * presence * presence
}

/// Mean lots of a future's minute.
pub fn future_lots(spec: &UnderlyingSpec, lot_size: i64, sessions_left: usize) -> f64 {
    let front_lots = spec.future_units / lot_size as f64 / ORDINARY_MINUTES;
    let part = match sessions_left {
        // Positions roll into the next month during the last week.
        0..=21 => 1.0,
        22..=25 => 1.6,
        26..=30 => 0.5,
        31..=42 => 0.2,
        _ => 0.03,
    };
    (front_lots * part).max(1.0)
}

/// Open interest that the end of a day works towards, in lots. It is reached only as far as trading allows.
pub fn option_interest(spec: &UnderlyingSpec, sessions_left: usize, deviations: f64, roundness: f64) -> f64 {
    let grown = 1.0 / (1.0 + sessions_left as f64 / 4.0);
    spec.option_lots * 25.0 * by_moneyness(deviations) * grown * roundness
}

/// Open interest builds where numbers are round: factor by how many steps of the ladder a strike is.
pub fn roundness(strike_number: i64) -> f64 {
    const BY_STEPS: [(i64, f64); 4] = [(20, 3.0), (10, 2.2), (4, 1.2), (2, 1.0)];
    let found = BY_STEPS.iter().find(|(steps, _)| strike_number % steps == 0);
    found.map_or(0.7, |(_, factor)| *factor)
}

pub fn future_interest(spec: &UnderlyingSpec, lot_size: i64, sessions_left: usize) -> f64 {
    let part = match sessions_left {
        0 => 0.35,
        1..=3 => 0.7,
        4..=21 => 1.0,
        22..=25 => 0.6,
        26..=42 => 0.12,
        _ => 0.02,
    };
    2.7 * spec.future_units / lot_size as f64 * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curves_pass_through_the_given_points() {
        for (deviations, factor) in [(0.0, 1.0), (1.0, 0.9), (4.0, 0.35), (-1.0, 0.5), (-2.0, 0.05)] {
            assert!((by_moneyness(deviations) - factor).abs() < 1e-12, "{deviations}");
        }
        let mean = (0..375).map(|index| activity(index, 375)).sum::<f64>() / 375.0;
        assert!((mean - 0.99).abs() < 0.02, "the shares add up to about one: {mean}");
        assert!(activity(0, 375) > 2.0 && activity(200, 375) < 1.0);
    }
}
