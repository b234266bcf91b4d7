//! Every page, a row each: its address, the component that draws it in the browser, and the function of the server
//! that reads for it what it shows first.

/// Gives all rows to the macro that is named.
macro_rules! with_every_page {
    ($use:ident) => {
        $use! {
            "/" Home home,
            "/collect" Collect collect,
            "/jobs" Jobs jobs,
            "/jobs/:id" Job job,
            "/schedules" Schedules schedules,
            "/notices" Notices notices,
            "/settings" Settings settings,
            "/settings/limits" SettingsLimits preferences,
            "/settings/reading" SettingsReading preferences,
            "/settings/access" SettingsAccess access,
            "/settings/about" SettingsAbout about,
            "/settings/storage" SettingsStorage storage,
            "/status" Status status,
            "/chain" Chain chain,
            "/analysis" Analysis analysis,
            "/strategy" Strategy strategy,
            "/coverage" Coverage coverage,
            "/signin" SignIn sign_in,
            "/browse" Browse underlyings,
            "/browse/:underlying" BrowseExpiries expiries,
            "/browse/:underlying/:expiry" BrowseContracts contracts,
            "/browse/:underlying/:expiry/:expired_key" BrowseContract contract,
        }
    };
}

pub(crate) use with_every_page;
