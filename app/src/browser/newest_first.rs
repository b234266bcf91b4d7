//! A list with the newest first that is brought piece by piece: its beginning again whenever something new came, and older
//! ones when somebody asks for them.

/// Puts a piece, itself the newest first, in its place: what is shown of others stays, and nothing stands there twice.
/// Whether it is the last one now, so that what it says of older ones counts.
pub fn put_piece<T>(list: &mut Vec<T>, piece: Vec<T>, id: impl Fn(&T) -> i64) -> bool {
    let (Some(newest), Some(oldest)) = (piece.first().map(&id), piece.last().map(&id)) else {
        return list.is_empty();
    };
    let is_last = list.iter().all(|one| id(one) >= oldest);
    list.retain(|one| id(one) > newest || id(one) < oldest);
    let place = list.iter().take_while(|one| id(one) > newest).count();
    list.splice(place..place, piece);
    is_last
}

#[cfg(test)]
mod tests {
    use super::put_piece;

    #[test]
    fn a_piece_takes_its_place_and_leaves_the_others() {
        for (list, piece, whole, is_last) in [
            (vec![], vec![3, 2], vec![3, 2], true),
            (vec![3, 2], vec![1], vec![3, 2, 1], true),
            (vec![3, 2, 1], vec![5, 4, 3], vec![5, 4, 3, 2, 1], false),
            (vec![3, 2], vec![3, 2], vec![3, 2], true),
            (vec![9, 3], vec![7, 6], vec![9, 7, 6, 3], false),
            (vec![2, 1], vec![], vec![2, 1], false),
            (vec![], vec![], vec![], true),
        ] {
            let mut told = list.clone();
            assert_eq!(put_piece(&mut told, piece.clone(), |id| *id), is_last, "{list:?} {piece:?}");
            assert_eq!(told, whole);
        }
    }
}
