//! A word means one thing.

use dynamo_house::{Krate, type_names};

use crate::{macros, sdk};

fn assert_one_room_a_name(krate: &Krate) {
    let names = type_names(krate);
    let twice: Vec<_> = names.iter().filter(|(_, rooms)| rooms.len() > 1).collect();
    assert!(twice.is_empty(), "types of one name in several rooms: {twice:#?}");
}

#[test]
fn no_type_name_is_defined_in_two_rooms() {
    assert_one_room_a_name(&sdk());
    assert_one_room_a_name(&macros());
}
