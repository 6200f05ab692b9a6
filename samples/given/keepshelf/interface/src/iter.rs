//! Walks over a shelf: `struct shelf_cursor`, once for each order.

use crate::{Link, Shelf};

/// The entries in the order of their keys.
pub struct Iter<'a, K, V> {
    pub(crate) shelf: &'a Shelf<K, V>,
    /// What comes next.
    pub(crate) ahead: Link,
}

impl<'a, K, V> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    /// Stands for `shelf_next`.
    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}

/// The entries from the most to the least recently used one.
pub struct Recent<'a, K, V> {
    pub(crate) shelf: &'a Shelf<K, V>,
    /// What comes next.
    pub(crate) ahead: Link,
}

impl<'a, K, V> Iterator for Recent<'a, K, V> {
    type Item = (&'a K, &'a V);

    /// Stands for `shelf_next_older`.
    fn next(&mut self) -> Option<Self::Item> {
        todo!()
    }
}

/// The entries in the order of their keys, taken out of the shelf.
pub struct IntoIter<K, V> {
    shelf: Shelf<K, V>,
}

impl<K, V> Iterator for IntoIter<K, V> {
    type Item = (K, V);

    fn next(&mut self) -> Option<Self::Item> {
        self.shelf.pop_first()
    }

    /// Knows exactly how many are left.
    fn size_hint(&self) -> (usize, Option<usize>) {
        todo!()
    }
}

impl<K, V> IntoIterator for Shelf<K, V> {
    type Item = (K, V);
    type IntoIter = IntoIter<K, V>;

    fn into_iter(self) -> Self::IntoIter {
        IntoIter { shelf: self }
    }
}

impl<'a, K, V> IntoIterator for &'a Shelf<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}
