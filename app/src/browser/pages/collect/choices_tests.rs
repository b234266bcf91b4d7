//! The address keeps every choice, and tells what it could not read.

use super::*;

fn key(text: &str) -> InstrumentKey {
    text.parse().unwrap()
}

fn read(address: &str) -> Place {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    Place::read(|name| {
        query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=').map(str::to_owned))
    })
}

fn chosen() -> Choices {
    let mut choices = Choices::default();
    for (name, dates) in
        [("NSE_INDEX|Nifty 50", &["2025-08-28", "2025-08-21"][..]), ("BSE_INDEX|SENSEX", &["2025-08-26"][..])]
    {
        choices.set_instrument(&key(name), true);
        dates.iter().for_each(|date| choices.set_expiry(&key(name), date.parse().unwrap(), true));
    }
    choices
}

#[test]
fn the_address_carries_every_choice_and_nothing_that_is_default() {
    let mut choices = chosen();
    assert_eq!(Choices::default().address(Step::Instruments), "/collect");
    assert_eq!(
        choices.address(Step::Expiries),
        "/collect?step=3&instruments=NSE_INDEX:Nifty.50~BSE_INDEX:SENSEX&expiries=2508-2821~2508-26"
    );
    choices.kinds = ContractKinds::Futures;
    choices.strikes = Some(7.try_into().unwrap());
    choices.interval = Interval::Minute15;
    choices.days = 30.try_into().unwrap();
    choices.workers = Some(10.try_into().unwrap());
    choices.contracts_only = true;
    let place = read(&choices.address(Step::Download));
    assert_eq!(place, Place { step: Step::Download, choices, ..Place::default() });
}

#[test]
fn a_page_that_misses_an_expiry_leads_to_it() {
    let place = read(&address_with(&key("BSE_INDEX|SENSEX"), "2025-08-26".parse().unwrap()));
    assert_eq!(place.step, Step::Expiries);
    assert!(place.choices.has_expiry(&key("BSE_INDEX|SENSEX"), "2025-08-26".parse().unwrap()));
    assert_eq!((place.choices.expiry_count(), place.left_out.len()), (1, 0));
}

#[test]
fn stocks_that_share_their_expiries_name_them_once() {
    let mut choices = Choices::default();
    for number in 1..=188 {
        let key = key(&format!("NSE_EQ|INE{number:09}"));
        choices.set_instrument(&key, true);
        for month in 1..=12 {
            choices.set_expiry(&key, Day::new(2025, month, 25).unwrap(), true);
        }
    }
    let address = choices.address(Step::Download);
    assert!(address.len() < 5000, "{}", address.len());
    assert_eq!(read(&address).choices, choices);
    assert_eq!(read(&address).choices.expiry_count(), 188 * 12);
}

#[test]
fn what_cannot_be_read_is_left_out_and_told() {
    let place = read(
        "/collect?step=4&instruments=MCX_FO:428750~NSE:Nifty&expiries=2508-28&interval=2minute&workers=99",
    );
    assert_eq!(place.choices, Choices::default());
    assert_eq!(place.step, Step::Instruments);
    assert_eq!(place.left_out.len(), 4, "{:?}", place.left_out);
    let partly = read("/collect?step=4&instruments=NSE_INDEX:Nifty.50&expiries=2508-99&days=0&strikes=51");
    assert_eq!((partly.step, partly.left_out.len()), (Step::Expiries, 3));
    assert_eq!(partly.choices.strikes, None);
}

#[test]
fn strikes_are_ordered_of_options_alone() {
    let mut choices = chosen();
    choices.strikes = Some(7.try_into().unwrap());
    assert!(choices.address(Step::Kinds).contains("&strikes=7&"));
    assert_eq!(choices.order().strikes, choices.strikes);
    choices.kinds = ContractKinds::Futures;
    assert_eq!(choices.order().strikes, None);
}

#[test]
fn an_instrument_without_dates_is_not_ordered() {
    let mut choices = chosen();
    choices.set_expiries(&key("NSE_INDEX|Nifty 50"), BTreeSet::new());
    let order = read(&choices.address(Step::Download)).choices.order();
    assert_eq!(order.underlyings, [key("BSE_INDEX|SENSEX")]);
    let ExpiryChoice::Each(dates) = order.expiries else { panic!("{:?}", order.expiries) };
    assert_eq!(dates.len(), 1);
}

#[test]
fn going_back_keeps_what_later_steps_chose() {
    let mut recalled = Recalled::default();
    let mut choices = chosen();
    choices.workers = Some(2.try_into().unwrap());
    choices.strikes = Some(7.try_into().unwrap());
    choices.contracts_only = true;
    recalled.complete(&read(&choices.address(Step::Download)));
    let earlier = read("/collect?instruments=NSE_INDEX:Nifty.50");
    let completed = recalled.complete(&earlier);
    assert_eq!(completed.dates(&key("NSE_INDEX|Nifty 50")), choices.dates(&key("NSE_INDEX|Nifty 50")));
    assert_eq!((completed.workers, completed.instruments.len()), (choices.workers, 1));
    // Chosen again after it was given up: its dates are still known.
    let again = read("/collect?instruments=NSE_INDEX:Nifty.50~BSE_INDEX:SENSEX");
    assert_eq!(recalled.complete(&again), choices);
}

#[test]
fn what_was_cleared_on_its_own_step_stays_cleared() {
    let mut recalled = Recalled::default();
    recalled.complete(&read(&chosen().address(Step::Expiries)));
    recalled.complete(&read("/collect?step=3&instruments=NSE_INDEX:Nifty.50"));
    let back = recalled.complete(&read("/collect?step=2&instruments=NSE_INDEX:Nifty.50"));
    assert_eq!(back.expiry_count(), 0);
}

#[test]
fn an_address_may_name_instruments_as_people_do() {
    let place =
        read("/collect?instruments=BANKNIFTY~bank.nifty~RELIANCE~NSE_INDEX:Nifty.50&expiries=2508-28");
    assert_eq!(place.choices.instruments, [key("NSE_INDEX|Nifty Bank"), key("NSE_INDEX|Nifty 50")]);
    assert_eq!(place.names, ["RELIANCE".parse().unwrap()]);
    assert_eq!(place.choices.expiry_count(), 0, "whose they are is not known yet");
    assert!(place.left_out.is_empty());
    let beside_a_refused_one = read("/collect?instruments=MCX_FO:1~NIFTY&expiries=2508-28");
    assert_eq!((beside_a_refused_one.choices.instruments.len(), beside_a_refused_one.left_out.len()), (1, 1));
    assert_eq!(beside_a_refused_one.choices.expiry_count(), 0, "they were the other's");
}
