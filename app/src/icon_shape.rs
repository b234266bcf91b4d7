//! The shapes of the icons, drawn on a grid of twenty with a line of one and a half.

/// Which icon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IconShape {
    /// Two candles in a frame: the product.
    Brand,
    Home,
    /// An arrow into a tray.
    Collect,
    /// Rows with their progress.
    Jobs,
    /// Candles.
    Browse,
    /// Both sides of a middle.
    Chain,
    /// A curve over its bars.
    Analysis,
    /// A payoff over its line of nought.
    Strategy,
    /// A grid with its gaps.
    Coverage,
    /// An arrow out of a tray.
    Export,
    /// A prompt.
    Sql,
    /// A clock.
    Schedules,
    /// Sliders.
    Settings,
    Bell,
    /// A lens.
    Find,
    /// A pulse.
    Status,
    /// Three dots: there is more.
    More,
    Sun,
    Moon,
}

impl IconShape {
    /// As SVG writes it.
    pub fn path(self) -> &'static str {
        match self {
            IconShape::Brand => {
                "M4.5 2.75h11a1.75 1.75 0 0 1 1.75 1.75v11a1.75 1.75 0 0 1-1.75 1.75h-11\
                 A1.75 1.75 0 0 1 2.75 15.500v-11A1.75 1.75 0 0 1 4.5 2.750ZM7 5.500v2m0 5v2\
                 M5.750 7.500h2.500v5h-2.500ZM13 4.750v2.250m0 4.250v2M11.750 7h2.500v4.250h-2.500Z"
            }
            IconShape::Home => "M3 9.250 10 3.250l7 6M5 8v8.250h10V8M8.250 16v-4.500h3.500V16",
            IconShape::Collect => "M10 3v9m-3.500-3.500L10 12l3.500-3.500M3.250 12.500v4h13.500v-4",
            IconShape::Jobs => "M3 5h4m2 0h8M3 10h9m2 0h3M3 15h6m2 0h6",
            IconShape::Browse => {
                "M6 3v2.500m0 7V17M4.250 5.500h3.500v7h-3.500ZM14 3v4.500m0 6V17M12.250 7.500h3.500v6h-3.500Z"
            }
            IconShape::Chain => {
                "M10 3v14M3 6h4.500M4.500 10h3M5.500 14h2M12.500 6H14M12.500 10h3M12.500 14H17"
            }
            IconShape::Analysis => {
                "M3 16.750h14M5 16.500v-3.500m3.500 3.500V10m3.500 6.500v-4.500m3.500 4.500V9M3 8.500c3.500 0 3.500-5 7-5s3.500 3 7 1.500"
            }
            IconShape::Strategy => "M3 11.500h14M3 16.500l4.500-9h5l4.500 9",
            IconShape::Coverage => {
                "M3 3h4v4H3ZM8 3h4v4H8ZM13 3h4v4h-4ZM3 8h4v4H3ZM13 8h4v4h-4ZM3 13h4v4H3ZM8 13h4v4H8Z"
            }
            IconShape::Export => "M10 12V3m-3.500 3.500L10 3l3.500 3.500M3.250 12.500v4h13.500v-4",
            IconShape::Sql => "M2.750 4h14.500v12H2.750ZM5.750 7.500l2.500 2.500-2.500 2.500M10 12.750h4",
            IconShape::Schedules => {
                "M10 2.750a7.250 7.250 0 1 0 0 14.500 7.250 7.250 0 0 0 0-14.500ZM10 6v4.250l3 1.750"
            }
            IconShape::Settings => {
                "M3 6h6m4 0h4M3 14h2m4 0h8M13 6a2 2 0 1 1-4 0 2 2 0 0 1 4 0ZM9 14a2 2 0 1 1-4 0 2 2 0 0 1 4 0Z"
            }
            IconShape::Bell => {
                "M10 3a4.500 4.500 0 0 0-4.500 4.500c0 4-1.750 5.500-1.750 5.500h12.500s-1.750-1.500-1.750-5.500\
                 A4.500 4.500 0 0 0 10 3ZM8.500 15.500a1.600 1.600 0 0 0 3 0"
            }
            IconShape::Find => {
                "M8.750 3.250a5.500 5.500 0 1 0 0 11 5.500 5.500 0 0 0 0-11ZM12.750 12.750 17 17"
            }
            IconShape::Status => "M2.750 10.500h3.250l2-5.500 3.500 10 2.250-6 1 1.500h2.500",
            IconShape::More => "M4 10h.5M9.750 10h.5M15.500 10h.5",
            IconShape::Sun => {
                "M13.250 10a3.250 3.250 0 1 1-6.500 0 3.250 3.250 0 0 1 6.500 0ZM10 2.500v1.500m0 12v1.500\
                 M2.500 10H4m12 0h1.500M4.700 4.700l1.050 1.050m8.500 8.500 1.050 1.050m0-10.600-1.050 1.050m-8.500 8.500-1.050 1.050"
            }
            IconShape::Moon => "M16.500 11.750A7 7 0 0 1 8.250 3.500a7 7 0 1 0 8.250 8.250Z",
        }
    }
}
