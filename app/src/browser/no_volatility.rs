//! Why there is no volatility, in words, from the word that travels in its place.

pub fn no_volatility(word: &str) -> &'static str {
    match word {
        "no_forward" => "There is no forward to price it on in this minute",
        "no_strike" => "The strikes that had been traded by then do not reach to the forward",
        "stale" => "The last trade is older than a minute",
        "no_time_value" => "The price holds less than two ticks beyond its intrinsic value",
        "too_near" => "It is ten minutes or less to the settlement",
        "below_intrinsic" => "The price is below its intrinsic value",
        "above_bound" => "The price is more than the option can be worth",
        "no_minutes" => "Its minutes were not collected",
        "no_option" => "A future has no volatility of its own",
        _ => "There is no volatility",
    }
}
