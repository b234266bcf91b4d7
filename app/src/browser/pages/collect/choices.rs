//! What a person has chosen in the wizard, and the address that carries it. The address is the state: what
//! is not in it was not chosen, except that a step reached backwards keeps what later steps had ([`Recalled`]).
//!
//! Pure: no signal, no window. What cannot be read is left out and told in a sentence, never guessed.

use std::collections::BTreeSet;

use litemap::LiteMap;
use market::{ContractKinds, Day, InstrumentKey, Interval, UnderlyingName, index_named};
use protocol::{AddressReader, CollectOrder, ExpiryChoice, HistoricalDays, StrikesEachSide, Workers};

use super::dates;
use super::step::Step;
use crate::address::wizard_key;
use crate::browser::chosen::set_chosen;

/// Between instruments, and between their expiries, which stand in the same order.
const BETWEEN: char = '~';
/// The same expiries as the instrument before has; stocks share theirs.
const SAME_AS_BEFORE: &str = "*";

/// The choices of all steps.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Choices {
    /// In the order in which they were chosen.
    pub instruments: Vec<InstrumentKey>,
    pub kinds: ContractKinds,
    /// Strikes each side of the money that options are wanted of; all without.
    pub strikes: Option<StrikesEachSide>,
    /// Of chosen instruments only; an instrument without dates is absent.
    pub expiries: LiteMap<InstrumentKey, BTreeSet<Day>>,
    pub interval: Interval,
    pub days: HistoricalDays,
    /// As the settings say without.
    pub workers: Option<Workers>,
    /// Contracts alone, without the underlying's own candles.
    pub contracts_only: bool,
}

impl Choices {
    pub fn has_instrument(&self, key: &InstrumentKey) -> bool {
        self.instruments.contains(key)
    }

    /// Chooses an instrument or gives it up, with its expiries.
    pub fn set_instrument(&mut self, key: &InstrumentKey, chosen: bool) {
        set_chosen(&mut self.instruments, key.clone(), chosen);
        if !chosen {
            self.expiries.remove(key);
        }
    }

    pub fn dates(&self, key: &InstrumentKey) -> Option<&BTreeSet<Day>> {
        self.expiries.get(key)
    }

    pub fn has_expiry(&self, key: &InstrumentKey, date: Day) -> bool {
        self.dates(key).is_some_and(|dates| dates.contains(&date))
    }

    pub fn set_expiry(&mut self, key: &InstrumentKey, date: Day, chosen: bool) {
        let mut dates = self.expiries.remove(key).unwrap_or_default();
        if chosen {
            dates.insert(date);
        } else {
            dates.remove(&date);
        }
        self.set_expiries(key, dates);
    }

    pub fn set_expiries(&mut self, key: &InstrumentKey, dates: BTreeSet<Day>) {
        if dates.is_empty() {
            self.expiries.remove(key);
        } else {
            self.expiries.insert(key.clone(), dates);
        }
    }

    pub fn expiry_count(&self) -> usize {
        self.expiries.values().map(BTreeSet::len).sum()
    }

    /// Futures have no strikes.
    pub fn strikes_of_options(&self) -> Option<StrikesEachSide> {
        self.strikes.filter(|_| self.kinds.options())
    }

    /// The last step that these choices are enough for.
    pub fn furthest(&self) -> Step {
        match (self.instruments.is_empty(), self.expiries.is_empty()) {
            (true, _) => Step::Instruments,
            (false, true) => Step::Expiries,
            (false, false) => Step::Download,
        }
    }

    /// What the engine is asked for.
    pub fn order(&self) -> CollectOrder {
        let with_dates = self.instruments.iter().filter(|key| self.expiries.contains_key(key));
        let dates = |dates: &BTreeSet<Day>| dates.iter().copied().collect();
        CollectOrder {
            underlyings: with_dates.cloned().collect(),
            expiries: ExpiryChoice::Each(
                self.expiries.iter().map(|(key, of_key)| (key.clone(), dates(of_key))).collect(),
            ),
            kinds: self.kinds,
            strikes: self.strikes_of_options(),
            interval: self.interval,
            days: self.days,
            workers: self.workers,
            with_underlying: !self.contracts_only,
        }
    }

    /// The address of `step` with these choices; defaults are left out of it.
    pub fn address(&self, step: Step) -> String {
        let default = Self::default();
        let mut parts = Vec::new();
        let mut add = |name: &str, value: String, is_default: bool| {
            if !is_default {
                parts.push(format!("{name}={value}"));
            }
        };
        add("step", step.number().to_string(), step == Step::default());
        add("instruments", self.instruments_text(), self.instruments.is_empty());
        add("kinds", self.kinds.to_string(), self.kinds == default.kinds);
        let strikes = self.strikes.map(|strikes| strikes.to_string());
        add("strikes", strikes.unwrap_or_default(), self.strikes.is_none());
        add("expiries", self.expiries_text(), self.expiries.is_empty());
        add("interval", self.interval.to_string(), self.interval == default.interval);
        add("days", self.days.to_string(), self.days == default.days);
        let workers = self.workers.map(|workers| workers.to_string());
        add("workers", workers.unwrap_or_default(), self.workers.is_none());
        add("underlying", "no".to_owned(), !self.contracts_only);
        if parts.is_empty() { "/collect".to_owned() } else { format!("/collect?{}", parts.join("&")) }
    }

    fn instruments_text(&self) -> String {
        let text = |key: &InstrumentKey| wizard_key(key.as_str());
        self.instruments.iter().map(text).collect::<Vec<_>>().join(&BETWEEN.to_string())
    }

    fn expiries_text(&self) -> String {
        let none = BTreeSet::new();
        let mut texts: Vec<String> = Vec::new();
        let mut before = &none;
        for key in &self.instruments {
            let dates = self.dates(key).unwrap_or(&none);
            let same = !dates.is_empty() && dates == before;
            texts.push(if same { SAME_AS_BEFORE.to_owned() } else { dates::to_text(dates) });
            before = dates;
        }
        texts.join(&BETWEEN.to_string()).trim_end_matches(BETWEEN).to_owned()
    }
}

/// The wizard's expiries with one of them chosen.
pub fn address_with(key: &InstrumentKey, expiry: Day) -> String {
    let mut choices = Choices::default();
    choices.set_instrument(key, true);
    choices.set_expiry(key, expiry, true);
    choices.address(Step::Expiries)
}

/// An address as it was read: its step, its choices, and what in it could not be understood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Place {
    pub step: Step,
    pub choices: Choices,
    /// Names that are no keys and no indices; whoever knows the stocks can say whom they mean.
    pub names: Vec<UnderlyingName>,
    /// One sentence for each part that was left out.
    pub left_out: Vec<String>,
}

impl Place {
    /// Reads the named values of a query string.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        let mut place = Self::default();
        let mut address = AddressReader::new(|name| value(name).unwrap_or_default());
        // Expiries stand in the order of the instruments.
        if place.read_instruments(&mut address) {
            place.read_expiries(&mut address);
        }
        let choices = &mut place.choices;
        choices.kinds = address.part("kinds").unwrap_or_default();
        choices.strikes = address.part("strikes");
        choices.interval = address.part("interval").unwrap_or_default();
        choices.days = address.part("days").unwrap_or_default();
        choices.workers = address.part("workers");
        choices.contracts_only = address.text("underlying") == "no";
        // A step that the choices do not reach would show nothing that can be done.
        place.step = Step::of_text(&address.text("step")).min(place.choices.furthest());
        place.left_out = address.left_out();
        place
    }

    /// Whether all of them are known: none has to be asked for, and none was left out.
    fn read_instruments(&mut self, address: &mut AddressReader<'_>) -> bool {
        let mut are_known = true;
        for part in address.text("instruments").split(BETWEEN).filter(|part| !part.is_empty()) {
            let text = part.replace(':', "|").replace('.', " ");
            let name = address.piece::<UnderlyingName>("instruments", &text);
            let key = match &name {
                Some(UnderlyingName::Key(key)) => Some(key.clone()),
                Some(UnderlyingName::Text(_)) => index_named(&text),
                None => None,
            };
            are_known &= key.is_some();
            match (key, name) {
                (Some(key), _) => self.choices.set_instrument(&key, true),
                (None, Some(name)) => self.names.push(name),
                (None, None) => {}
            }
        }
        are_known
    }

    fn read_expiries(&mut self, address: &mut AddressReader<'_>) {
        let text = address.text("expiries");
        let mut before = BTreeSet::new();
        for (key, part) in self.choices.instruments.clone().iter().zip(text.split(BETWEEN)) {
            let dates = if part == SAME_AS_BEFORE { Ok(before) } else { dates::from_text(part) };
            let dates = dates.unwrap_or_else(|error| {
                address.leave_out("expiries", error);
                BTreeSet::new()
            });
            self.choices.set_expiries(key, dates.clone());
            before = dates;
        }
    }
}

/// What was chosen since the page was opened, for steps that are reached backwards: the browser's Back leads
/// to an address from before the later choices, and they must not be lost by it.
#[derive(Clone, Debug, Default)]
pub struct Recalled(Choices);

impl Recalled {
    /// Remembers an address and gives its choices back, completed with what later steps had.
    pub fn complete(&mut self, place: &Place) -> Choices {
        let mut choices = place.choices.clone();
        let default = Choices::default();
        if place.step < Step::Kinds && choices.kinds == default.kinds {
            choices.kinds = self.0.kinds;
        }
        if place.step < Step::Kinds && choices.strikes.is_none() {
            choices.strikes = self.0.strikes;
        }
        if place.step < Step::Expiries {
            for key in choices.instruments.clone() {
                if let (None, Some(dates)) = (choices.dates(&key), self.0.dates(&key)) {
                    choices.expiries.insert(key, dates.clone());
                }
            }
        }
        if place.step < Step::Download {
            if choices.interval == default.interval {
                choices.interval = self.0.interval;
            }
            if choices.days == default.days {
                choices.days = self.0.days;
            }
            choices.workers = choices.workers.or(self.0.workers);
            choices.contracts_only |= self.0.contracts_only;
        }
        self.remember(place.step, &choices);
        choices
    }

    fn remember(&mut self, step: Step, choices: &Choices) {
        let mut expiries = std::mem::take(&mut self.0.expiries);
        if step >= Step::Expiries {
            expiries.retain(|key, _| !choices.has_instrument(key));
        }
        expiries.extend(choices.expiries.clone());
        self.0 = Choices { expiries, ..choices.clone() };
    }
}

#[cfg(test)]
#[path = "choices_tests.rs"]
mod tests;
