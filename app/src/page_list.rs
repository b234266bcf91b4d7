//! Every page, a row each: its address, the component that draws it in the browser, the function of the server that
//! reads for it what it shows first, and the part of the browser's code that it lies in.
//!
//! What lies in `first` is loaded with every page; any other part when one of its pages is opened, and what several
//! parts need is cut out by the build. Pages that people go to and fro between share a part.

/// Gives all rows to the macro that is named.
macro_rules! with_every_page {
    ($use:ident) => {
        $use! {
            "/" Home home first,
            "/collect" Collect collect wizard,
            "/jobs" Jobs jobs first,
            "/jobs/:id" Job job job,
            "/schedules" Schedules schedules schedules,
            "/notices" Notices notices schedules,
            "/settings" Settings settings settings,
            "/settings/limits" SettingsLimits preferences settings,
            "/settings/reading" SettingsReading preferences settings,
            "/settings/access" SettingsAccess access access,
            "/settings/about" SettingsAbout about settings,
            "/settings/storage" SettingsStorage storage storage,
            "/status" Status status status,
            "/chain" Chain chain chain,
            "/analysis" Analysis analysis analysis,
            "/strategy" Strategy strategy strategy,
            "/coverage" Coverage coverage coverage,
            "/export" Export exports export,
            "/sql" Sql sql sql,
            "/signin" SignIn sign_in sign_in,
            "/browse" Browse underlyings first,
            "/browse/:underlying" BrowseExpiries expiries first,
            "/browse/:underlying/:expiry" BrowseContracts contracts ladder,
            "/browse/:underlying/:expiry/:expired_key" BrowseContract contract chart,
        }
    };
}

pub(crate) use with_every_page;
