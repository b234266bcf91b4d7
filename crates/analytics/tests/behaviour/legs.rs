//! Rules that choose a strike, in a market whose prices are known.

use analytics::{CandleOf, ChainState, NoVolatility, NotChosen, Side, StrikeRule, TermPoint};
use market::Strike;

use crate::world::{candle, day, ladder, minute, state, strike, terms};

const FORWARD: f64 = 24_612.0;

fn chosen(state: &ChainState, side: Side, rule: &str) -> Result<Strike, NotChosen> {
    rule.parse::<StrikeRule>().unwrap().choose(&state.snapshot(), side)
}

/// 21 strikes from 24,100 to 25,100, all traded.
fn traded() -> ChainState {
    let listed = ladder((-10..=10).map(|step| 24_600 + 50 * step));
    state(&listed, terms("2025-08-28"), day("2025-08-25").at_minute(600), FORWARD)
}

#[test]
fn at_the_money_and_strikes_from_it() {
    let state = traded();
    for (rule, rupees) in [
        ("atm", 24_600),
        ("atm+2", 24_700),
        ("atm-2", 24_500),
        ("atm+10", 25_100),
        ("24350", 24_350),
        ("points=200", 24_800),
        ("points=-120", 24_500),
        // 24,675 lies between two: the lower one.
        ("points=75", 24_650),
        ("points=26", 24_650),
    ] {
        assert_eq!(chosen(&state, Side::Call, rule), Ok(strike(rupees)), "{rule}");
    }
    for rule in ["atm+11", "atm-11", "points=501", "points=-501"] {
        assert_eq!(chosen(&state, Side::Call, rule), Err(NotChosen::BeyondLadder), "{rule}");
    }
    // Half a step and less comes back to the money, which is no distance.
    for (rule, words) in
        [("points=1", "1 points from the money"), ("points=-24.5", "24.5 points from the money")]
    {
        let why = chosen(&state, Side::Call, rule).unwrap_err();
        assert!(matches!(why, NotChosen::AtTheMoney { .. }), "{rule}: {why}");
        assert!(why.to_string().contains(words), "{why}");
    }
    assert_eq!(chosen(&state, Side::Call, "points=0"), Ok(strike(24_600)));
    let unknown = NotChosen::NotTraded { strike: strike(30_000), side: Side::Put };
    assert_eq!(chosen(&state, Side::Put, "30000"), Err(unknown));
}

/// A forward beyond the outermost of two strikes is reached as far as they lie apart.
#[test]
fn a_strike_that_is_far_from_the_forward_is_not_at_the_money() {
    let at = day("2025-08-25").at_minute(600);
    let of = |listed: &[i64], traded: &[i64], forward: f64| {
        let listed = ladder(listed.iter().copied());
        let mut state = ChainState::new(terms("2025-08-28"), at, &listed);
        let is_traded = |place: &usize| traded.iter().any(|rupees| listed[*place].strike == strike(*rupees));
        let mut candles: Vec<_> = (0..listed.len())
            .filter(is_traded)
            .map(|place| (CandleOf::Option(place), candle(at, 50.0, 75, 75)))
            .collect();
        candles.push((CandleOf::Future, candle(at, forward, 75, 0)));
        state.advance(at, &candles);
        state
    };
    let wide: Vec<i64> = (0..21).map(|step| 24_100 + 50 * step).collect();
    for (traded, forward, rupees, is_chosen) in [
        (&wide[..], 26_000.0, None, false),
        (&wide[..], 25_150.5, None, false),
        (&wide[..], 25_150.0, Some(25_100), true),
        (&wide[..], 24_050.0, Some(24_100), true),
        (&wide[..], 24_049.0, None, false),
        // What had not traded is at the money all the same, and is not chosen; nor is another that is more than a step
        // from the forward.
        (&[24_100, 25_100][..], 24_400.0, Some(24_400), false),
        (&[24_600][..], 24_651.0, Some(24_650), false),
        (&[24_600][..], 24_650.0, Some(24_600), true),
        (&[24_600][..], 24_610.0, Some(24_600), true),
        (&[24_600, 24_700][..], 24_650.0, Some(24_600), true),
        (&[24_600, 24_700][..], 24_651.0, Some(24_700), true),
        (&[], 24_600.0, Some(24_600), false),
    ] {
        let state = of(&wide, traded, forward);
        let money = rupees.map(strike);
        assert_eq!(state.snapshot().at_the_money(), money, "{forward} {traded:?}");
        let untraded = |strike| NotChosen::NotTraded { strike, side: Side::Call };
        let wanted = match money {
            Some(strike) if is_chosen => Ok(strike),
            money => Err(money.map_or(NotChosen::BeyondLadder, untraded)),
        };
        for rule in ["atm", "points=0"] {
            assert_eq!(chosen(&state, Side::Call, rule), wanted, "{rule} {forward} {traded:?}");
        }
    }
    // Steps go up and down what had traded, from wherever the money is.
    let thin = of(&wide, &[24_300, 24_350, 24_500], 24_420.0);
    for (rule, rupees) in [("atm+1", 24_500), ("atm-1", 24_350), ("atm-2", 24_300)] {
        assert_eq!(chosen(&thin, Side::Call, rule), Ok(strike(rupees)), "{rule}");
    }
    assert_eq!(chosen(&thin, Side::Call, "atm+2"), Err(NotChosen::BeyondLadder));
    // One strike alone says nothing of how far apart they lie.
    assert_eq!(of(&[1_500], &[1_500], 1_300.0).snapshot().at_the_money(), None);
    assert_eq!(of(&[1_500], &[1_500], 1_500.0).snapshot().at_the_money(), Some(strike(1_500)));
    // That there is a forward is told, and why there is no volatility all the same.
    let state = of(&wide, &wide, 26_000.0);
    let (snapshot, head) = (state.snapshot(), state.snapshot().chain().head);
    assert!(head.forward.is_ok() && head.straddle.is_none());
    assert_eq!(head.volatility, Err(NoVolatility::NoStrike));
    assert_eq!(TermPoint::of(&snapshot), Err(NoVolatility::NoStrike));
}

#[test]
fn by_delta_and_by_premium() {
    let state = traded();
    let snapshot = state.snapshot();
    for side in Side::BOTH {
        for wanted in [0.25, 0.4, 0.6] {
            let found = chosen(&state, side, &format!("delta={wanted}")).unwrap();
            let off = |strike: Strike| (snapshot.greeks(strike, side).unwrap().delta.abs() - wanted).abs();
            assert!(snapshot.strikes().all(|strike| off(found) <= off(strike)), "{side} {wanted}");
        }
        let found = chosen(&state, side, "premium=60").unwrap();
        let off = |strike: Strike| (snapshot.fresh(strike, side).unwrap().price.to_rupees() - 60.0).abs();
        assert!(snapshot.strikes().all(|strike| off(found) <= off(strike)), "{side}");
    }
    let none = chosen(&state, Side::Put, "premium=5000").unwrap_err();
    assert!(matches!(none, NotChosen::NoSuchPremium { nearest: Some(_), .. }), "{none}");
}

#[test]
fn what_no_strike_has_is_not_chosen() {
    let terms = terms("2025-08-28");
    // On the last morning of the expiry, strikes so far apart that no delta lies between.
    let at = day("2025-08-28").at_minute(720);
    let listed = ladder([24_700, 24_860].into_iter());
    let mut far = state(&listed, terms, at, 24_780.0);
    far.advance(at, &[(CandleOf::Future, candle(at, 24_780.0, 75, 0))]);
    let none = chosen(&far, Side::Call, "delta=0.25").unwrap_err();
    assert!(none.to_string().contains("No strike had a delta near 0.25"), "{none}");
    // A strike that trades after the entry is not there yet.
    let early = day("2025-08-25").at_minute(600);
    let listed = ladder((0..=6).map(|step| 24_450 + 50 * step));
    let mut known = ChainState::new(terms, early, &listed);
    let all = minute(&listed, terms, early, FORWARD);
    let is_known = |of: &CandleOf| !matches!(of, CandleOf::Option(place) if *place == 6 || *place >= 12);
    let first: Vec<_> = all.iter().filter(|(of, _)| is_known(of)).copied().collect();
    known.advance(early, &first);
    assert_eq!(chosen(&known, Side::Put, "atm-1"), Ok(strike(24_550)));
    let untraded = NotChosen::NotTraded { strike: strike(24_600), side: Side::Call };
    assert_eq!(chosen(&known, Side::Call, "atm"), Err(untraded));
    assert_eq!(chosen(&known, Side::Call, "atm+4"), Err(NotChosen::BeyondLadder));
    // Without a forward there is no money; a premium needs none.
    let mut few = ChainState::new(terms, early, &listed);
    few.advance(early, &all[..2]);
    for rule in ["atm", "points=50", "delta=0.5"] {
        let none = chosen(&few, Side::Call, rule).unwrap_err();
        assert!(none.to_string().starts_with("No forward: "), "{rule}: {none}");
    }
    let price = few.snapshot().fresh(strike(24_450), Side::Call).unwrap().price;
    assert_eq!(chosen(&few, Side::Call, &format!("premium={price}")), Ok(strike(24_450)));
    few.advance(day("2025-08-25").at_minute(603), &[]);
    let none = chosen(&few, Side::Call, &format!("premium={price}")).unwrap_err();
    assert!(none.to_string().contains("in the last two minutes"), "{none}");
    // A future without any option that had traded.
    let mut alone = ChainState::new(terms, early, &listed);
    alone.advance(early, &[(CandleOf::Future, candle(early, 24_612.0, 75, 0))]);
    assert_eq!(chosen(&alone, Side::Call, "atm"), Err(untraded));
}
