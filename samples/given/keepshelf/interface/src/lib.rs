//! A bounded ordered map that gives up its least recently used entries.
//!
//! The entries form a skip list by key and a doubly linked list by recency.
//! They live in one vector, and links are places in it.
#![forbid(unsafe_code)]

use std::borrow::Borrow;
use std::fmt;
use std::ops::Index;

mod iter;

pub use iter::{IntoIter, Iter, Recent};

/// Levels of the skip list: `SHELF_LEVELS`.
const LEVELS: usize = 12;

/// The capacity of [`Shelf::default`].
pub const DEFAULT_CAPACITY: usize = 64;

/// Any value but 0 will do; a fixed one makes runs alike.
const FIRST_SEED: u32 = 2_463_534_242;

/// A place in [`Shelf::nodes`], where the C has a pointer that may be NULL.
type Link = Option<usize>;

/// A path to a place among the keys: for each level the node whose link of
/// that level leads across the place, or `None` for the links of the shelf.
type Path = [Link; LEVELS];

/// An entry: `struct shelf_node`.
struct Node<K, V> {
    key: K,
    value: V,
    newer: Link,
    older: Link,
    /// Next node by key on each level, as many as the node is high.
    next: Box<[Link]>,
}

/// A map, ordered by key, of at most so many entries.
pub struct Shelf<K, V> {
    /// The nodes; `None` at the places in `vacant`.
    nodes: Vec<Option<Node<K, V>>>,
    vacant: Vec<usize>,
    first: [Link; LEVELS],
    newest: Link,
    oldest: Link,
    len: usize,
    capacity: usize,
    seed: u32,
}

/// What became of an entry that was inserted: `enum shelf_placed`, with what
/// had to go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed<K, V> {
    /// It is new, and there was room.
    Added,
    /// It took the place of this value. The key that came with it is dropped.
    Replaced(V),
    /// It took the place of this entry, the least recently used one.
    Evicted(K, V),
    /// It is not in the shelf, because the capacity is 0.
    Refused(K, V),
}

/// Looking up values without any trace of it.
pub trait Lookup<Q: ?Sized> {
    /// What is found.
    type Value;

    /// The value for a key; it does not count as a use.
    fn peek(&self, key: &Q) -> Option<&Self::Value>;

    /// Whether there is an entry for a key.
    fn contains(&self, key: &Q) -> bool {
        unimplemented!()
    }

    /// The value for a key, or `fallback` if there is none.
    fn peek_or<'a>(&'a self, key: &Q, fallback: &'a Self::Value) -> &'a Self::Value {
        unimplemented!()
    }
}

impl<K, V> Shelf<K, V> {
    /// An empty shelf for at most `capacity` entries. Stands for `shelf_create`.
    ///
    /// A great capacity costs nothing: memory is taken for entries that there
    /// are.
    pub fn new(capacity: usize) -> Self {
        unimplemented!()
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no entry.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many entries there may be.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The node at a place that has one.
    fn node(&self, at: usize) -> &Node<K, V> {
        self.nodes[at].as_ref().expect("a link leads to a node")
    }

    /// The node at a place that has one, to be changed.
    fn node_mut(&mut self, at: usize) -> &mut Node<K, V> {
        self.nodes[at].as_mut().expect("a link leads to a node")
    }

    /// The links by key of a node, or with `None` those of the shelf.
    fn links(&self, from: Link) -> &[Link] {
        match from {
            Some(at) => &self.node(at).next,
            None => &self.first,
        }
    }

    /// The links that [`links`](Self::links) gives, to be changed.
    fn links_mut(&mut self, from: Link) -> &mut [Link] {
        match from {
            Some(at) => &mut self.node_mut(at).next,
            None => &mut self.first,
        }
    }

    /// Puts a node at a vacant place, or at a new one if there is none.
    fn store(&mut self, node: Node<K, V>) -> usize {
        unimplemented!()
    }

    /// Takes the node, which is off the lists, from its place. The place is
    /// vacant then. Stands for `hand_over`.
    fn release(&mut self, at: usize) -> (K, V) {
        unimplemented!()
    }

    /// A height for a new node: each further level is a matter of one in four.
    fn random_height(&mut self) -> usize {
        unimplemented!()
    }

    /// Takes a node off the list by recency.
    fn recency_remove(&mut self, at: usize) {
        unimplemented!()
    }

    /// Puts a node that is not on the list by recency at its newest end.
    fn recency_push(&mut self, at: usize) {
        unimplemented!()
    }

    /// Makes a node the most recently used one.
    fn touch(&mut self, at: usize) {
        unimplemented!()
    }

    /// Takes the node that `path` leads to off all lists. It keeps its place.
    fn detach(&mut self, at: usize, path: &Path) {
        unimplemented!()
    }

    /// Removes the entry with the least key.
    pub fn pop_first(&mut self) -> Option<(K, V)> {
        unimplemented!()
    }

    /// Drops all entries in the order of their keys.
    pub fn clear(&mut self) {
        unimplemented!()
    }

    /// Drops the entries that `keep`, asked in the order of the keys, is false
    /// for, and returns how many these were.
    pub fn retain<F>(&mut self, keep: F) -> usize
    where
        F: FnMut(&K, &mut V) -> bool,
    {
        unimplemented!()
    }

    /// The entries by key. Stands for `shelf_seek` without a key.
    pub fn iter(&self) -> Iter<'_, K, V> {
        unimplemented!()
    }

    /// The entries from the most to the least recently used one. Stands for
    /// `shelf_newest`.
    pub fn recent(&self) -> Recent<'_, K, V> {
        unimplemented!()
    }
}

impl<K: Ord, V> Shelf<K, V> {
    /// Finds the first node that is not before `key`, and the path to it.
    fn find_path<Q>(&self, key: &Q) -> (Path, Link)
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        unimplemented!()
    }

    /// Puts an entry into the shelf, as its most recently used one. Stands for
    /// `shelf_put`.
    ///
    /// An equal key that was there before stays, with the new value.
    pub fn insert(&mut self, key: K, value: V) -> Placed<K, V> {
        unimplemented!()
    }

    /// The value for a key, whose entry becomes the most recently used one.
    pub fn get<Q>(&mut self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.get_mut(key).map(|value| &*value)
    }

    /// The value for a key, to be changed. Stands for `shelf_get`, as
    /// [`get`](Self::get) does.
    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        unimplemented!()
    }

    /// The entry with the greatest key that is not after `key`.
    pub fn floor<Q>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        unimplemented!()
    }

    /// Removes the entry for a key. Stands for `shelf_take`.
    pub fn remove<Q>(&mut self, key: &Q) -> Option<(K, V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        unimplemented!()
    }

    /// Removes the least recently used entry.
    pub fn pop_oldest(&mut self) -> Option<(K, V)> {
        unimplemented!()
    }

    /// Changes how many entries there may be, and returns how many had to go
    /// for it, the least recently used ones first.
    pub fn set_capacity(&mut self, capacity: usize) -> usize {
        // The capacity is the new one before anything goes.
        unimplemented!()
    }

    /// Moves all entries of `other` here, from the least to the most recently
    /// used one, and returns how many were moved.
    ///
    /// What has to make room for them is dropped. With a capacity of 0 nothing
    /// is moved.
    pub fn append(&mut self, other: &mut Self) -> usize {
        unimplemented!("shelf_merge")
    }

    /// The entries by key from the first that is not before `key`. Stands for
    /// `shelf_seek`.
    pub fn iter_from<Q>(&self, key: &Q) -> Iter<'_, K, V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        unimplemented!()
    }
}

impl<K, V, Q> Lookup<Q> for Shelf<K, V>
where
    K: Ord + Borrow<Q>,
    Q: Ord + ?Sized,
{
    type Value = V;

    /// Stands for `shelf_peek`.
    fn peek(&self, key: &Q) -> Option<&V> {
        unimplemented!()
    }
}

impl<K, V> Default for Shelf<K, V> {
    /// An empty shelf of the default capacity.
    fn default() -> Self {
        unimplemented!()
    }
}

impl<K, V> Drop for Shelf<K, V> {
    /// Drops the entries in the order of their keys. Stands for `shelf_destroy`.
    fn drop(&mut self) {
        unimplemented!()
    }
}

impl<K, V, Q> Index<&Q> for Shelf<K, V>
where
    K: Ord + Borrow<Q>,
    Q: Ord + ?Sized,
{
    type Output = V;

    /// The value for a key that is there, as [`Lookup::peek`] gives it; panics
    /// with "no entry for this key" otherwise.
    fn index(&self, key: &Q) -> &V {
        unimplemented!()
    }
}

impl<K: Ord, V> FromIterator<(K, V)> for Shelf<K, V> {
    /// A shelf of any number of entries, the last of which is the most recently
    /// used one.
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        unimplemented!()
    }
}

impl<K: Ord, V> Extend<(K, V)> for Shelf<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for Shelf<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Panics unless the links lead in both directions, on all levels, in order.
    fn check_links<K: Ord, V>(shelf: &Shelf<K, V>) {
        let mut last = None;
        let mut at = shelf.newest;
        let mut count = 0;
        while let Some(place) = at {
            assert_eq!(shelf.node(place).newer, last);
            (last, at) = (at, shelf.node(place).older);
            count += 1;
        }
        assert_eq!(shelf.oldest, last);
        assert_eq!(
            (count, shelf.len),
            (shelf.len, shelf.nodes.iter().flatten().count())
        );
        assert_eq!(shelf.nodes.len(), shelf.len + shelf.vacant.len());
        for level in 0..LEVELS {
            let mut last: Link = None;
            let mut on_level = 0;
            while let Some(place) = shelf.links(last)[level] {
                if let Some(before) = last {
                    assert!(shelf.node(before).key < shelf.node(place).key);
                }
                last = Some(place);
                on_level += 1;
            }
            let high_enough = shelf
                .nodes
                .iter()
                .flatten()
                .filter(|node| node.next.len() > level);
            assert_eq!(on_level, high_enough.count());
        }
    }

    #[test]
    fn heights_come_from_a_fixed_seed() {
        let mut shelf: Shelf<u32, ()> = Shelf::new(usize::MAX);
        for key in 0..16 {
            assert_eq!(shelf.insert(key, ()), Placed::Added);
        }
        let heights: Vec<usize> = (0..16).map(|at| shelf.node(at).next.len()).collect();
        assert_eq!(heights, [1, 1, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 1, 4]);
        check_links(&shelf);
    }

    #[test]
    fn no_node_is_higher_than_the_shelf() {
        let mut shelf: Shelf<u32, ()> = Shelf::new(1);
        shelf.seed = 1_140_858_880;
        assert_eq!(shelf.random_height(), LEVELS);
        assert_eq!(shelf.seed, 0x4000_0000);
    }

    #[test]
    fn a_key_that_is_there_takes_no_height() {
        let mut shelf = Shelf::new(9);
        shelf.insert(1, 'a');
        let seed = shelf.seed;
        assert_eq!(shelf.insert(1, 'b'), Placed::Replaced('a'));
        assert_eq!(shelf.seed, seed);
        assert_ne!(seed, FIRST_SEED);
    }

    #[test]
    fn vacant_places_are_taken_again() {
        let mut shelf = Shelf::new(3);
        for key in 0..20 {
            shelf.insert(key, key);
            check_links(&shelf);
        }
        assert!(shelf.nodes.len() <= 4, "{} places", shelf.nodes.len());
        assert_eq!(shelf.pop_first(), Some((17, 17)));
        assert_eq!(shelf.remove(&19), Some((19, 19)));
        check_links(&shelf);
        assert_eq!(shelf.pop_oldest(), Some((18, 18)));
        check_links(&shelf);
        assert_eq!(
            (shelf.newest, shelf.oldest, shelf.first),
            (None, None, [None; LEVELS])
        );
    }

    #[test]
    fn links_stay_whole_whatever_happens() {
        let mut shelf = Shelf::new(50);
        let mut state = 7u32;
        for step in 0..3000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let key = (state >> 8) % 200;
            match state >> 29 {
                0 => drop(shelf.remove(&key)),
                1 => drop(shelf.get(&key)),
                2 => drop(shelf.pop_oldest()),
                _ => drop(shelf.insert(key, step)),
            }
            assert!(shelf.len() <= 50);
        }
        check_links(&shelf);
        let len = shelf.len();
        assert_eq!(shelf.retain(|key, _| key % 3 == 0) + shelf.len(), len);
        check_links(&shelf);
    }
}
