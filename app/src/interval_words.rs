//! How long a bar or a point is, for people, and the menu of such lengths.

use market::ChartInterval;

/// `75 minutes`, `2 hours`, `1 day`.
pub fn interval_words(interval: ChartInterval) -> String {
    let of = |count: u16, unit: &str| match count {
        1 => format!("1 {unit}"),
        count => format!("{count} {unit}s"),
    };
    match (interval, interval.minutes()) {
        (_, Some(minutes)) if minutes % 60 == 0 => of(minutes / 60, "hour"),
        (_, Some(minutes)) => of(minutes, "minute"),
        (ChartInterval::Week, None) => of(1, "week"),
        (ChartInterval::Month, None) => of(1, "month"),
        (_, None) => of(1, "day"),
    }
}

/// Those that are offered, the shortest first, and among them the one that an address names.
pub fn interval_menu(
    offered: &[ChartInterval],
    chosen: Option<ChartInterval>,
) -> Vec<(ChartInterval, String)> {
    let mut menu = offered.to_vec();
    if let Some(chosen) = chosen
        && !menu.contains(&chosen)
    {
        menu.insert(menu.partition_point(|of| *of < chosen), chosen);
    }
    menu.into_iter().map(|interval| (interval, interval_words(interval))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn interval(text: &str) -> ChartInterval {
        text.parse().unwrap()
    }

    #[test]
    fn a_length_is_told_in_its_largest_unit() {
        let words = ["1minute", "75minute", "1hour", "120minute", "day", "week", "month"];
        assert_eq!(
            words.map(|text| interval_words(interval(text))),
            ["1 minute", "75 minutes", "1 hour", "2 hours", "1 day", "1 week", "1 month"]
        );
    }

    #[test]
    fn an_interval_that_is_not_offered_is_in_the_menu_where_the_address_names_it() {
        let offered = ["5minute", "1hour", "day"].map(interval);
        let menu = |chosen: Option<&str>| {
            let menu = interval_menu(&offered, chosen.map(interval));
            menu.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(menu(None), "5 minutes, 1 hour, 1 day");
        assert_eq!(menu(Some("1hour")), "5 minutes, 1 hour, 1 day");
        assert_eq!(menu(Some("7minute")), "5 minutes, 7 minutes, 1 hour, 1 day");
        assert_eq!(menu(Some("month")), "5 minutes, 1 hour, 1 day, 1 month");
    }
}
