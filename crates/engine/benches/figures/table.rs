//! The table: what was measured, what it came to, what it should come to. A row without a goal explains its
//! neighbours.

/// Whether a goal is met is for the figure to say, not for whoever reads its rounded text.
pub enum Goal {
    None,
    AtLeast(f64),
    AtMost(f64),
}

pub fn heading() {
    println!("{:<66} {:>14}   {:<12} met", "what", "measured", "goal");
}

/// `decimals` of the figure and of its goal.
pub fn row(what: &str, figure: f64, decimals: usize, unit: &str, goal: Goal) {
    let text = |figure: f64| format!("{}{unit}", grouped(figure, decimals));
    let (goal, met) = match goal {
        Goal::None => (String::new(), ""),
        Goal::AtLeast(least) => (format!("≥ {}", text(least)), yes_or_no(figure >= least)),
        Goal::AtMost(most) => (format!("≤ {}", text(most)), yes_or_no(figure <= most)),
    };
    println!("{what:<66} {:>14}   {goal:<12} {met}", text(figure));
}

fn yes_or_no(met: bool) -> &'static str {
    if met { "yes" } else { "NO" }
}

/// `1,234,567.8`.
fn grouped(figure: f64, decimals: usize) -> String {
    let text = format!("{:.decimals$}", figure.abs());
    let (whole, fraction) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::from(if figure < 0.0 { "-" } else { "" });
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + fraction
}
