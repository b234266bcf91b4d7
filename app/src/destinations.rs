//! The places of the product, as the rail lists them: drawn by the page, and before it by the document.

use crate::icon_shape::IconShape;

/// One entry of the rail.
#[derive(Clone, Copy, Debug)]
pub struct Destination {
    pub address: &'static str,
    pub name: &'static str,
    pub icon: IconShape,
}

pub const JOBS: &str = "/jobs";

/// Those that a phone's bar has room for.
pub const FIRST: [Destination; 4] = [
    Destination { address: "/", name: "Home", icon: IconShape::Home },
    Destination { address: "/collect", name: "Collect", icon: IconShape::Collect },
    Destination { address: JOBS, name: "Jobs", icon: IconShape::Jobs },
    Destination { address: "/browse", name: "Browse", icon: IconShape::Browse },
];

/// Those that a phone shows behind *More*.
pub const REST: [Destination; 10] = [
    Destination { address: "/chain", name: "Chain", icon: IconShape::Chain },
    Destination { address: "/analysis", name: "Analysis", icon: IconShape::Analysis },
    Destination { address: "/strategy", name: "Strategy", icon: IconShape::Strategy },
    Destination { address: "/coverage", name: "Coverage", icon: IconShape::Coverage },
    Destination { address: "/export", name: "Export", icon: IconShape::Export },
    Destination { address: "/sql", name: "SQL", icon: IconShape::Sql },
    Destination { address: "/schedules", name: "Schedules", icon: IconShape::Schedules },
    Destination { address: "/notices", name: "Notices", icon: IconShape::Bell },
    Destination { address: "/status", name: "Status", icon: IconShape::Status },
    Destination { address: "/settings", name: "Settings", icon: IconShape::Settings },
];

/// The entry of the rail that an address lies behind.
pub fn place_of(path: &str) -> Option<Destination> {
    let lies_behind = |to: &Destination| {
        path == to.address
            || (to.address != "/" && path.strip_prefix(to.address).is_some_and(|rest| rest.starts_with('/')))
    };
    FIRST.into_iter().chain(REST).find(lies_behind)
}

/// What the button says that shows them, and which element it shows.
pub const MORE: &str = "More";
pub const REST_ID: &str = "rail-rest";
