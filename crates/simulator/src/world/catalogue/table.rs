//! The underlyings, row by row.
//!
//! Expiry rules and lots: NSE circulars, compiled in `derived_expiry_calendar.json` and, for lots,
//! `derived_lot_schedule.json` of the project's fixtures; rows marked UNCERTAIN were not checked against a
//! real list. Levels are approximate month ends, given from memory so that charts have a familiar shape:
//! they are no data. Temper (volatility, liveliness, volumes) is made up within reason.

use chrono::Weekday::{self, Fri, Mon, Thu, Tue, Wed};

use super::{DateNumber, Era, Lot, UnderlyingSpec};

const ALWAYS_FROM: DateNumber = 0;
const OPEN_END: DateNumber = 99_991_231;

const fn era(from: DateNumber, to: DateNumber, weekday: Weekday) -> Era {
    Era { from, to, weekday }
}

const fn lot(expiry_from: DateNumber, units: i64) -> Lot {
    Lot { expiry_from, units }
}

/// Nifty's monthly rule, which stocks and, since 2025, the other NSE indices follow.
const NSE_MONTHLY: &[Era] = &[era(ALWAYS_FROM, 20_250_828, Thu), era(20_250_829, OPEN_END, Tue)];

const INDEX: UnderlyingSpec = UnderlyingSpec {
    slot: 0,
    key: "",
    symbol: "",
    name: "",
    contract_name: "",
    spot_exchange_token: "",
    derivatives: "NSE_FO",
    exchange: "NSE",
    is_index: true,
    strike_step_paise: 10_000,
    freeze_quantity: 600,
    lots: &[],
    weekly: &[],
    monthly: NSE_MONTHLY,
    extra_weekly: None,
    levels: &[],
    volatility: 0.14,
    reach: 45,
    liveliness: 0.6,
    option_lots: 300.0,
    future_units: 300_000.0,
};

const STOCK: UnderlyingSpec = UnderlyingSpec {
    is_index: false,
    volatility: 0.24,
    reach: 22,
    liveliness: 0.35,
    option_lots: 25.0,
    future_units: 9_000_000.0,
    freeze_quantity: 20_000,
    ..INDEX
};

pub static UNDERLYINGS: [UnderlyingSpec; 11] = [
    UnderlyingSpec {
        slot: 0,
        key: "NSE_INDEX|Nifty 50",
        symbol: "NIFTY",
        name: "Nifty 50",
        contract_name: "NIFTY",
        spot_exchange_token: "26000",
        strike_step_paise: 5_000,
        freeze_quantity: 1_800,
        // The monthly of January 2025 kept the old lot [exchange file of that day].
        lots: &[
            lot(0, 25),
            lot(20_250_102, 75),
            lot(20_250_130, 25),
            lot(20_250_131, 75),
            lot(20_260_106, 65),
        ],
        weekly: &[era(ALWAYS_FROM, 20_250_828, Thu), era(20_250_829, OPEN_END, Tue)],
        levels: &[
            (20_240_930, 25_811.0),
            (20_241_031, 24_205.0),
            (20_241_129, 24_131.0),
            (20_241_231, 23_645.0),
            (20_250_131, 23_508.0),
            (20_250_228, 22_125.0),
            (20_250_328, 23_519.0),
            (20_250_430, 24_334.0),
            (20_250_530, 24_751.0),
            (20_250_630, 25_517.0),
            (20_250_731, 24_768.0),
            (20_250_829, 24_427.0),
            (20_250_930, 24_611.0),
            (20_251_031, 25_722.0),
            (20_251_231, 26_130.0),
        ],
        volatility: 0.115,
        reach: 45,
        liveliness: 1.0,
        option_lots: 3_000.0,
        future_units: 6_000_000.0,
        ..INDEX
    },
    UnderlyingSpec {
        slot: 1,
        key: "NSE_INDEX|Nifty Bank",
        symbol: "BANKNIFTY",
        name: "Nifty Bank",
        contract_name: "BANKNIFTY",
        spot_exchange_token: "26009",
        lots: &[lot(0, 15), lot(20_250_227, 30), lot(20_250_731, 35), lot(20_260_127, 30)],
        weekly: &[era(ALWAYS_FROM, 20_241_113, Wed)],
        monthly: &[
            era(ALWAYS_FROM, 20_241_231, Wed),
            era(20_250_101, 20_250_831, Thu),
            era(20_250_901, OPEN_END, Tue),
        ],
        levels: &[
            (20_240_930, 52_978.0),
            (20_241_231, 50_860.0),
            (20_250_228, 48_345.0),
            (20_250_430, 55_087.0),
            (20_250_630, 57_313.0),
            (20_250_829, 53_656.0),
            (20_251_031, 57_776.0),
            (20_251_231, 59_582.0),
        ],
        reach: 55,
        liveliness: 0.9,
        option_lots: 900.0,
        future_units: 900_000.0,
        ..INDEX
    },
    UnderlyingSpec {
        slot: 2,
        key: "BSE_INDEX|SENSEX",
        symbol: "SENSEX",
        name: "SENSEX",
        contract_name: "SENSEX",
        spot_exchange_token: "1",
        derivatives: "BSE_FO",
        exchange: "BSE",
        freeze_quantity: 1_000,
        // The exact cut is UNCERTAIN.
        lots: &[lot(0, 10), lot(20_250_101, 20)],
        weekly: &[
            era(ALWAYS_FROM, 20_241_231, Fri),
            era(20_250_101, 20_250_831, Tue),
            era(20_250_901, OPEN_END, Thu),
        ],
        monthly: &[
            era(ALWAYS_FROM, 20_241_231, Fri),
            era(20_250_101, 20_250_831, Tue),
            era(20_250_901, OPEN_END, Thu),
        ],
        // One Friday weekly was kept when the day moved [exchange's notice].
        extra_weekly: Some(20_250_103),
        levels: &[
            (20_240_930, 84_300.0),
            (20_241_231, 78_139.0),
            (20_250_228, 73_198.0),
            (20_250_430, 80_242.0),
            (20_250_630, 83_606.0),
            (20_250_829, 79_810.0),
            (20_251_031, 83_939.0),
            (20_251_231, 85_221.0),
        ],
        volatility: 0.115,
        reach: 52,
        liveliness: 0.9,
        option_lots: 1_500.0,
        future_units: 20_000.0,
        ..INDEX
    },
    UnderlyingSpec {
        slot: 3,
        key: "NSE_INDEX|Nifty Fin Service",
        symbol: "FINNIFTY",
        name: "Nifty Fin Service",
        contract_name: "FINNIFTY",
        spot_exchange_token: "26037",
        strike_step_paise: 5_000,
        freeze_quantity: 1_200,
        lots: &[lot(0, 25), lot(20_250_130, 65), lot(20_260_127, 60)],
        weekly: &[era(ALWAYS_FROM, 20_241_119, Tue)],
        // Before 2025 UNCERTAIN.
        monthly: &[
            era(ALWAYS_FROM, 20_241_231, Tue),
            era(20_250_101, 20_250_831, Thu),
            era(20_250_901, OPEN_END, Tue),
        ],
        levels: &[(20_240_930, 24_500.0), (20_250_630, 27_100.0), (20_251_231, 27_700.0)],
        ..INDEX
    },
    UnderlyingSpec {
        slot: 4,
        key: "NSE_INDEX|NIFTY MID SELECT",
        symbol: "MIDCPNIFTY",
        name: "NIFTY MID SELECT",
        contract_name: "MIDCPNIFTY",
        spot_exchange_token: "26074",
        strike_step_paise: 2_500,
        freeze_quantity: 2_800,
        // The date of 50 → 120 → 140 is UNCERTAIN.
        lots: &[lot(0, 50), lot(20_250_130, 120), lot(20_250_731, 140), lot(20_260_127, 120)],
        weekly: &[era(ALWAYS_FROM, 20_241_118, Mon)],
        // Before 2025 UNCERTAIN.
        monthly: &[
            era(ALWAYS_FROM, 20_241_231, Mon),
            era(20_250_101, 20_250_831, Thu),
            era(20_250_901, OPEN_END, Tue),
        ],
        levels: &[(20_240_930, 13_200.0), (20_250_630, 13_400.0), (20_251_231, 13_800.0)],
        volatility: 0.17,
        ..INDEX
    },
    UnderlyingSpec {
        slot: 5,
        key: "NSE_INDEX|Nifty Next 50",
        symbol: "NIFTYNXT50",
        name: "Nifty Next 50",
        contract_name: "NIFTYNXT50",
        spot_exchange_token: "26013",
        // The lots are UNCERTAIN.
        lots: &[lot(0, 10), lot(20_250_130, 25)],
        // Before 2025 UNCERTAIN.
        monthly: &[
            era(ALWAYS_FROM, 20_241_231, Fri),
            era(20_250_101, 20_250_831, Thu),
            era(20_250_901, OPEN_END, Tue),
        ],
        levels: &[(20_240_930, 77_000.0), (20_250_630, 69_500.0), (20_251_231, 69_000.0)],
        volatility: 0.17,
        liveliness: 0.2,
        option_lots: 15.0,
        future_units: 30_000.0,
        ..INDEX
    },
    UnderlyingSpec {
        slot: 6,
        key: "BSE_INDEX|BANKEX",
        symbol: "BANKEX",
        name: "BANKEX",
        contract_name: "BANKEX",
        spot_exchange_token: "12",
        derivatives: "BSE_FO",
        exchange: "BSE",
        // The exact cut is UNCERTAIN.
        lots: &[lot(0, 15), lot(20_250_101, 30)],
        weekly: &[era(ALWAYS_FROM, 20_241_118, Mon)],
        // UNCERTAIN throughout.
        monthly: &[
            era(ALWAYS_FROM, 20_241_231, Mon),
            era(20_250_101, 20_250_831, Tue),
            era(20_250_901, OPEN_END, Thu),
        ],
        levels: &[(20_240_930, 60_500.0), (20_250_630, 64_000.0), (20_251_231, 66_700.0)],
        liveliness: 0.2,
        option_lots: 15.0,
        future_units: 3_000.0,
        ..INDEX
    },
    UnderlyingSpec {
        slot: 7,
        key: "BSE_INDEX|SENSEX 50",
        symbol: "SENSEX50",
        name: "SENSEX 50",
        contract_name: "SENSEX50",
        spot_exchange_token: "47",
        derivatives: "BSE_FO",
        exchange: "BSE",
        lots: &[lot(0, 25)],
        // Its rules are not known: it answers with no expiries at all, which a client must bear.
        monthly: &[],
        levels: &[(20_240_930, 27_000.0), (20_250_630, 26_800.0)],
        ..INDEX
    },
    UnderlyingSpec {
        slot: 8,
        key: "NSE_EQ|INE002A01018",
        symbol: "RELIANCE",
        name: "RELIANCE INDUSTRIES LTD",
        contract_name: "RELIANCE INDUSTRIES LTD",
        spot_exchange_token: "2885",
        strike_step_paise: 1_000,
        lots: &[lot(0, 500)],
        levels: &[
            (20_240_930, 1_477.0),
            (20_241_231, 1_216.0),
            (20_250_228, 1_200.0),
            (20_250_430, 1_405.0),
            (20_250_630, 1_500.0),
            (20_250_829, 1_357.0),
            (20_251_231, 1_570.0),
        ],
        ..STOCK
    },
    UnderlyingSpec {
        slot: 9,
        key: "NSE_EQ|INE009A01021",
        symbol: "INFY",
        name: "INFOSYS LIMITED",
        contract_name: "INFOSYS LIMITED",
        spot_exchange_token: "1594",
        strike_step_paise: 2_000,
        lots: &[lot(0, 400)],
        levels: &[
            (20_240_930, 1_876.0),
            (20_241_231, 1_880.0),
            (20_250_228, 1_688.0),
            (20_250_430, 1_500.0),
            (20_250_630, 1_602.0),
            (20_250_829, 1_470.0),
            (20_251_231, 1_615.0),
        ],
        ..STOCK
    },
    UnderlyingSpec {
        slot: 10,
        key: "NSE_EQ|INE101A01026",
        // The ampersand is the point: symbols are no identifiers.
        symbol: "M&M",
        name: "MAHINDRA & MAHINDRA LTD",
        contract_name: "MAHINDRA & MAHINDRA LTD",
        spot_exchange_token: "2031",
        strike_step_paise: 5_000,
        lots: &[lot(0, 350), lot(20_241_128, 175), lot(20_250_227, 200)],
        levels: &[(20_240_930, 3_095.0), (20_241_231, 3_007.0), (20_250_630, 3_183.0), (20_251_231, 3_710.0)],
        future_units: 2_500_000.0,
        ..STOCK
    },
];
