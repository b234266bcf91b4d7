//! The tone of a line, which is its colour and its dash; the style sheet says what each looks like. What is of calls or
//! of puts has their colour on every page, and no other line has it.

/// Of lines that are of neither side, by their place. No two alike: a chart has no more of them.
pub(super) const PLACES: [&str; 6] = ["first", "second", "third", "fourth", "fifth", "sixth"];

pub(super) fn of_place(place: usize) -> &'static str {
    PLACES[place % PLACES.len()]
}

/// The tone of a side, by the name of a column or the kind of a leg: `call`, `puts_change`.
pub(super) fn of_side(name: &str) -> Option<&'static str> {
    [("call", "calls"), ("put", "puts")]
        .into_iter()
        .find_map(|(side, tone)| name.starts_with(side).then_some(tone))
}

/// Of some that stand in one chart, by their names: further ones of a side are told by dash and width.
pub(super) fn of_names(names: &[&str]) -> Vec<String> {
    let tone = |(at, name): (usize, &&str)| {
        let side = of_side(name);
        let before = names[..at].iter().filter(|other| of_side(other) == side).count();
        match (side, before) {
            (None, place) => of_place(place).to_owned(),
            (Some(side), 0) => side.to_owned(),
            (Some(side), place) => format!("{side}-{}", place + 1),
        }
    };
    names.iter().enumerate().map(tone).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_has_its_colour_and_no_two_lines_are_alike() {
        let legs = ["call", "put", "call", "future", "underlying", "call"];
        assert_eq!(of_names(&legs), ["calls", "puts", "calls-2", "first", "second", "calls-3"]);
        assert_eq!(of_side("puts_change"), Some("puts"));
        assert_eq!((of_side("at_the_money"), of_place(7)), (None, "second"));
    }
}
