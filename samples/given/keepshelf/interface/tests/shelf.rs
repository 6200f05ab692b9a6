//! A shelf holds, finds and gives up entries as the C does.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::rc::Rc;

use keepshelf::{Lookup, Placed, Shelf, DEFAULT_CAPACITY};

/// A key whose case does not matter: keys can be equal, and still be told apart.
#[derive(Debug, Clone, Copy)]
struct Caseless(char);

impl PartialEq for Caseless {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Caseless {}

impl PartialOrd for Caseless {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Caseless {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0
            .to_ascii_lowercase()
            .cmp(&other.0.to_ascii_lowercase())
    }
}

/// Says when it is dropped.
struct Noted(&'static str, Rc<RefCell<Vec<&'static str>>>);

impl Drop for Noted {
    fn drop(&mut self) {
        self.1.borrow_mut().push(self.0);
    }
}

fn shelf_of(capacity: usize, entries: &[(&'static str, i32)]) -> Shelf<&'static str, i32> {
    let mut shelf = Shelf::new(capacity);
    shelf.extend(entries.iter().copied());
    shelf
}

/// The entries by key: "key=value " each.
fn by_key(shelf: &Shelf<&str, i32>) -> String {
    shelf
        .iter()
        .map(|(key, value)| format!("{key}={value} "))
        .collect()
}

/// The entries from new to old.
fn by_recency(shelf: &Shelf<&str, i32>) -> String {
    shelf
        .recent()
        .map(|(key, value)| format!("{key}={value} "))
        .collect()
}

#[test]
fn the_least_recently_used_entry_makes_room() {
    let mut shelf = Shelf::new(3);
    assert_eq!(shelf.insert("m", 1), Placed::Added);
    assert_eq!(shelf.insert("c", 2), Placed::Added);
    assert_eq!(shelf.insert("x", 3), Placed::Added);
    assert_eq!(by_key(&shelf), "c=2 m=1 x=3 ");
    assert_eq!(by_recency(&shelf), "x=3 c=2 m=1 ");
    assert_eq!(shelf.insert("m", 4), Placed::Replaced(1));
    assert_eq!(by_recency(&shelf), "m=4 x=3 c=2 ");
    assert_eq!(shelf.insert("a", 5), Placed::Evicted("c", 2));
    assert_eq!(by_key(&shelf), "a=5 m=4 x=3 ");
    assert_eq!(by_recency(&shelf), "a=5 m=4 x=3 ");
    assert_eq!((shelf.len(), shelf.capacity()), (3, 3));
}

#[test]
fn the_key_that_was_there_first_stays() {
    let mut shelf = Shelf::new(2);
    assert_eq!(shelf.insert(Caseless('m'), 1), Placed::Added);
    assert_eq!(shelf.insert(Caseless('M'), 2), Placed::Replaced(1));
    assert_eq!(shelf.len(), 1);
    let (key, value) = shelf.pop_oldest().unwrap();
    assert_eq!((key.0, value), ('m', 2));
}

#[test]
fn without_capacity_everything_is_refused() {
    let mut shelf = Shelf::new(0);
    assert_eq!(shelf.insert("a", 1), Placed::Refused("a", 1));
    assert!(shelf.is_empty() && !shelf.contains("a"));
    assert_eq!(shelf.set_capacity(1), 0);
    assert_eq!(shelf.insert("a", 1), Placed::Added);
    assert_eq!(shelf.insert("a", 2), Placed::Replaced(1));
    assert_eq!(shelf.insert("b", 3), Placed::Evicted("a", 2));
    assert_eq!(shelf.insert("a", 4), Placed::Evicted("b", 3));
}

#[test]
fn a_smaller_capacity_costs_the_oldest_entries() {
    let mut shelf = shelf_of(usize::MAX, &[("a", 4), ("c", 5), ("b", 6)]);
    assert_eq!(shelf.set_capacity(3), 0);
    assert_eq!(shelf.set_capacity(1), 2);
    assert_eq!(by_key(&shelf), "b=6 ");
    assert_eq!(shelf.set_capacity(0), 1);
    assert_eq!((shelf.len(), shelf.capacity()), (0, 0));
}

#[test]
fn a_get_is_a_use_and_a_peek_is_none() {
    let mut shelf = shelf_of(9, &[("a", 1), ("b", 2), ("c", 3)]);
    assert_eq!(shelf.peek("a"), Some(&1));
    assert!(shelf.contains("b") && !shelf.contains("bb"));
    assert_eq!((shelf.peek_or("a", &0), shelf.peek_or("", &0)), (&1, &0));
    assert_eq!(by_recency(&shelf), "c=3 b=2 a=1 ");
    assert_eq!(shelf.get("b"), Some(&2));
    assert_eq!(by_recency(&shelf), "b=2 c=3 a=1 ");
    assert_eq!(shelf.get("a"), Some(&1));
    assert_eq!(shelf.get("a"), Some(&1));
    assert_eq!(by_recency(&shelf), "a=1 b=2 c=3 ");
    assert_eq!(shelf.get("d"), None);
    assert_eq!(shelf.get(""), None);
    assert_eq!(shelf.peek("ab"), None);
    assert_eq!(by_recency(&shelf), "a=1 b=2 c=3 ");
    *shelf.get_mut("c").unwrap() += 10;
    assert_eq!(by_recency(&shelf), "c=13 a=1 b=2 ");
}

#[test]
fn keys_are_found_by_what_they_borrow_as() {
    let mut shelf: Shelf<String, u8> = Shelf::default();
    assert_eq!(shelf.capacity(), DEFAULT_CAPACITY);
    shelf.insert("key".to_owned(), 1);
    assert_eq!((shelf.peek("key"), shelf["key"]), (Some(&1), 1));
    assert_eq!(shelf.remove("key"), Some(("key".to_owned(), 1)));
}

#[test]
#[should_panic(expected = "no entry for this key")]
fn indexing_what_is_not_there_panics() {
    let shelf = shelf_of(3, &[("a", 1), ("c", 2)]);
    let _ = shelf["b"];
}

#[test]
fn the_floor_is_not_after_the_key() {
    let shelf = shelf_of(9, &[("d", 4), ("b", 2), ("f", 6)]);
    assert_eq!(shelf.floor("a"), None);
    assert_eq!(shelf.floor("b"), Some((&"b", &2)));
    assert_eq!(shelf.floor("c"), Some((&"b", &2)));
    assert_eq!(shelf.floor("d"), Some((&"d", &4)));
    assert_eq!(shelf.floor("e"), Some((&"d", &4)));
    assert_eq!(shelf.floor("zz"), Some((&"f", &6)));
    assert_eq!(shelf_of(9, &[]).floor("x"), None);
    assert_eq!(by_recency(&shelf), "f=6 b=2 d=4 ");
}

#[test]
fn a_walk_may_start_anywhere() {
    let shelf = shelf_of(9, &[("d", 4), ("b", 2), ("f", 6)]);
    let from = |key: &str| {
        shelf
            .iter_from(key)
            .map(|(_, value)| *value)
            .collect::<Vec<_>>()
    };
    assert_eq!(from(""), [2, 4, 6]);
    assert_eq!(from("b"), [2, 4, 6]);
    assert_eq!(from("c"), [4, 6]);
    assert_eq!(from("f"), [6]);
    assert_eq!(from("g"), []);
    let mut none = shelf.iter_from("g");
    assert!(none.next().is_none() && none.next().is_none());
    assert_eq!(shelf_of(9, &[]).iter().count(), 0);
    assert_eq!(format!("{shelf:?}"), r#"{"b": 2, "d": 4, "f": 6}"#);
}

#[test]
fn entries_come_out_from_either_order() {
    let mut shelf = shelf_of(9, &[("b", 1), ("d", 2), ("a", 3), ("c", 4), ("e", 5)]);
    assert_eq!(shelf.remove("bb"), None);
    assert_eq!(shelf.remove("b"), Some(("b", 1)));
    assert_eq!(shelf.remove("b"), None);
    assert_eq!(shelf.remove("c"), Some(("c", 4)));
    assert_eq!(shelf.pop_oldest(), Some(("d", 2)));
    assert_eq!(shelf.pop_first(), Some(("a", 3)));
    assert_eq!(shelf.pop_first(), Some(("e", 5)));
    assert_eq!((shelf.pop_first(), shelf.pop_oldest()), (None, None));
    assert_eq!(shelf.insert("z", 6), Placed::Added);
    shelf.clear();
    assert_eq!(
        (shelf.len(), shelf.capacity(), by_key(&shelf).as_str()),
        (0, 9, "")
    );
}

#[test]
fn entries_can_be_taken_out_one_by_one() {
    let shelf: Shelf<u8, char> = [(3, 'c'), (1, 'a'), (2, 'b'), (1, 'A')]
        .into_iter()
        .collect();
    assert_eq!((shelf.len(), shelf.capacity()), (3, usize::MAX));
    assert_eq!(shelf.recent().next(), Some((&1, &'A')));
    let mut entries = shelf.into_iter();
    assert_eq!(entries.size_hint(), (3, Some(3)));
    assert_eq!(entries.next(), Some((1, 'A')));
    assert_eq!(entries.size_hint(), (2, Some(2)));
    assert_eq!(entries.collect::<Vec<_>>(), [(2, 'b'), (3, 'c')]);
}

#[test]
fn what_is_not_kept_goes_in_the_order_of_the_keys() {
    let names = ["f", "b", "a", "e", "g", "d", "c"];
    let mut shelf: Shelf<&str, i32> = names.into_iter().zip(0..).collect();
    let mut asked = String::new();
    let removed = shelf.retain(|key, value| {
        asked += key;
        *value += 1;
        "bdg".contains(key)
    });
    assert_eq!((removed, asked.as_str()), (4, "abcdefg"));
    assert_eq!(by_key(&shelf), "b=2 d=6 g=5 ");
    assert_eq!(by_recency(&shelf), "d=6 g=5 b=2 ");
    assert_eq!(shelf.retain(|_, _| true), 0);
    assert_eq!(shelf.retain(|_, _| false), 3);
    assert_eq!(shelf.insert("a", 1), Placed::Added);
}

#[test]
fn appended_entries_keep_their_order_by_recency() {
    let mut shelf = shelf_of(3, &[("c", 1), ("a", 2), ("d", 3)]);
    let mut other = shelf_of(9, &[("b", 4), ("a", 5), ("e", 6)]);
    assert_eq!(shelf.append(&mut other), 3);
    assert_eq!(by_key(&shelf), "a=5 b=4 e=6 ");
    assert_eq!(by_recency(&shelf), "e=6 a=5 b=4 ");
    assert_eq!((other.len(), other.capacity()), (0, 9));
    other.extend([("v", 7), ("w", 8), ("x", 9), ("y", 0)]);
    assert_eq!(shelf.append(&mut other), 4);
    assert_eq!(by_key(&shelf), "w=8 x=9 y=0 ");
    other.set_capacity(0);
    assert_eq!((other.append(&mut shelf), shelf.len()), (0, 3));
}

#[test]
fn entries_are_dropped_in_the_order_of_their_keys() {
    let dropped = Rc::new(RefCell::new(Vec::new()));
    let noted = |name| Noted(name, Rc::clone(&dropped));
    let mut shelf = Shelf::new(3);
    for (key, name) in [(2, "two"), (9, "nine"), (4, "four")] {
        shelf.insert(key, noted(name));
    }
    assert!(dropped.borrow().is_empty());
    shelf.insert(3, noted("three"));
    assert_eq!(dropped.take(), ["two"]);
    shelf.insert(9, noted("new nine"));
    assert_eq!(dropped.take(), ["nine"]);
    drop(shelf);
    assert_eq!(dropped.take(), ["three", "four", "new nine"]);
}
