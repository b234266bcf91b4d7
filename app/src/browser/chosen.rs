//! What is chosen of a list by ticks: each thing once, in the order in which it was chosen.

/// Chooses one more or gives one up; what was chosen before keeps its place.
pub fn set_chosen<T: PartialEq>(chosen: &mut Vec<T>, one: T, is_chosen: bool) {
    if !is_chosen {
        chosen.retain(|other| *other != one);
    } else if !chosen.contains(&one) {
        chosen.push(one);
    }
}
