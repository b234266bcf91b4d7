//! Why there is no volatility, from the word that travels in its place: a letter beside the missing figure, and under the
//! table what the letters say. So the reason is there for eyes, fingers and screen readers alike.

use std::collections::BTreeSet;

use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason {
    word: &'static str,
    /// Stands beside the missing figure.
    letter: &'static str,
    pub words: &'static str,
}

const REASONS: [Reason; 9] = [
    Reason { word: "no_forward", letter: "f", words: "There is no forward to price it on in this minute" },
    Reason { word: "no_strike", letter: "s", words: "The listed strikes do not reach to the forward" },
    Reason { word: "stale", letter: "o", words: "The last trade is older than a minute" },
    Reason {
        word: "no_time_value",
        letter: "t",
        words: "The price holds less than two ticks beyond its intrinsic value",
    },
    Reason { word: "too_near", letter: "e", words: "It is ten minutes or less to the settlement" },
    Reason { word: "below_intrinsic", letter: "i", words: "The price is below its intrinsic value" },
    Reason { word: "above_bound", letter: "b", words: "The price is more than the option can be worth" },
    Reason { word: "no_minutes", letter: "m", words: "Its minutes were not collected" },
    Reason { word: "no_option", letter: "x", words: "A future has no volatility of its own" },
];
const UNNAMED: Reason = Reason { word: "", letter: "n", words: "There is no volatility" };

pub fn no_volatility(word: &str) -> Reason {
    REASONS.into_iter().find(|reason| reason.word == word).unwrap_or(UNNAMED)
}

/// Beside a missing figure: the letter for those who see, and the words for those who hear.
pub fn mark(reason: Reason) -> AnyView {
    view! {
        <sup class="missing-mark" aria-hidden="true">{reason.letter}</sup><span class="sr-only">{format!(": {}", reason.words)}</span>
    }
    .into_any()
}

/// Under the table: what the letters say that stand in it.
#[component]
pub fn MissingNotes(
    /// The words that travel in the place of figures.
    words: Memo<BTreeSet<String>>,
) -> impl IntoView {
    let notes = move || {
        words.with(|words| {
            let said = REASONS.into_iter().chain([UNNAMED]);
            let said = said.filter(|reason| words.iter().any(|word| no_volatility(word) == *reason));
            said.map(|reason| {
                view! { <li><span class="missing-mark">{reason.letter}</span>" "{reason.words}</li> }
            })
            .collect_view()
        })
    };
    view! { <ul class="table-notes" aria-label="Why figures are missing">{notes}</ul> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_reasons_have_one_letter() {
        let letters: BTreeSet<&str> =
            REASONS.into_iter().chain([UNNAMED]).map(|reason| reason.letter).collect();
        assert_eq!(letters.len(), REASONS.len() + 1);
        assert_eq!(no_volatility("stale").words, "The last trade is older than a minute");
        assert_eq!(no_volatility("another"), UNNAMED);
    }
}
