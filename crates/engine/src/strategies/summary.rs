//! What the runs over many expiries come to. Only what was priced counts, and how many were not is told beside it.

use market::without_noise;
use protocol::{RunBin, RunSummary};

/// Of a distribution.
const BINS_MAX: usize = 16;

/// `None` of what could not be priced.
pub fn of_profits(all: &[Option<f64>]) -> RunSummary {
    let mut profits: Vec<f64> = all.iter().flatten().copied().collect();
    profits.sort_by(f64::total_cmp);
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let (priced, won) = (profits.len(), profits.iter().filter(|profit| **profit > 0.0).count());
    let some = |of: f64| (priced > 0).then_some(of);
    let total = without_noise(profits.iter().sum());
    let median = match priced {
        0 => None,
        odd if odd % 2 == 1 => Some(profits[odd / 2]),
        even => Some(without_noise((profits[even / 2 - 1] + profits[even / 2]) / 2.0)),
    };
    RunSummary {
        priced: count(priced),
        not_priced: count(all.len() - priced),
        won: count(won),
        hit_rate: some(won as f64 / priced as f64),
        total: some(total),
        mean: some(without_noise(total / priced as f64)),
        median,
        best: profits.last().copied(),
        worst: profits.first().copied(),
        distribution: distribution(&profits),
    }
}

/// Of sorted profits: bins of a round width, nought between two of them.
fn distribution(profits: &[f64]) -> Vec<RunBin> {
    let (Some(least), Some(most)) = (profits.first(), profits.last()) else { return Vec::new() };
    let width = round_up((most - least) / (BINS_MAX - 2) as f64);
    let first = (least / width).floor();
    // By the width above there are at most as many.
    let bins = ((most / width).floor() - first) as usize + 1;
    let mut distribution: Vec<RunBin> = (0..bins.min(BINS_MAX))
        .map(|place| {
            let from = (first + place as f64) * width;
            RunBin { from, to: from + width, count: 0 }
        })
        .collect();
    for profit in profits {
        let place = ((profit / width).floor() - first) as usize;
        if let Some(bin) = distribution.get_mut(place) {
            bin.count += 1;
        }
    }
    distribution
}

/// The next 1, 2 or 5 with its noughts that is not below a width; at least a rupee.
fn round_up(width: f64) -> f64 {
    if width <= 1.0 {
        return 1.0;
    }
    let decade = 10_f64.powi(width.log10().floor() as i32);
    [1.0, 2.0, 5.0].into_iter().find(|times| times * decade >= width).unwrap_or(10.0) * decade
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_priced_counts_in_nothing_else() {
        let of = of_profits(&[Some(100.0), None, Some(-50.0), Some(0.0), Some(400.0), None]);
        assert_eq!((of.priced, of.not_priced, of.won, of.hit_rate), (4, 2, 2, Some(0.5)));
        assert_eq!((of.total, of.mean, of.median), (Some(450.0), Some(112.5), Some(50.0)));
        assert_eq!((of.best, of.worst), (Some(400.0), Some(-50.0)));
        let nothing = of_profits(&[None]);
        assert_eq!((nothing.mean, nothing.median, nothing.hit_rate, nothing.worst), (None, None, None, None));
        assert!(nothing.distribution.is_empty());
    }

    #[test]
    fn every_profit_stands_in_one_bin_and_nought_parts_two() {
        for profits in [
            vec![-1_234.0, -5.0, 0.0, 5.0, 999.0, 8_765.0],
            vec![7.0],
            vec![-3.0, -3.0, -3.0],
            (0..60).map(|place| f64::from(place * place) * 13.7 - 9_000.0).collect(),
        ] {
            let told: Vec<Option<f64>> = profits.iter().copied().map(Some).collect();
            let bins = of_profits(&told).distribution;
            assert!(bins.len() <= BINS_MAX);
            assert_eq!(bins.iter().map(|bin| bin.count).sum::<u32>() as usize, profits.len(), "{profits:?}");
            assert!(bins.iter().all(|bin| !(bin.from < 0.0 && bin.to > 0.0)), "{bins:?}");
            assert!(bins.windows(2).all(|pair| pair[0].to == pair[1].from));
        }
    }
}
