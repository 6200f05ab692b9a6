"""Functions of a Rust file: where their bodies are, which are open, and the file without them."""

from analysis.rust_bodies import RustBody, rust_bodies, without_bodies

TEXT = b"""\
//! A list.
use std::fmt;

/// Stands for `list_new`.
pub struct List<T> {
    items: Vec<T>,
}

impl<T: Clone> List<T> {
    /// An empty list.
    ///
    /// It allocates nothing.
    pub fn new() -> Self {
        unimplemented!()
    }

    #[inline]
    pub(crate) fn push(&mut self, item: T) -> Result<(), Full>
    where
        T: Clone,
    {
        let _ = item;
        todo!("later")
    }

    pub fn len(&self) -> usize {
        self.items.len()
    }
}

impl From<Full> for i32 {
    fn from(_: Full) -> Self { unimplemented!() }
}

mod inner {
    pub fn deep() -> u8 { // nothing yet
        todo!()
    }
}

trait Shape {
    fn area(&self) -> u32;
    fn twice(&self) -> u32 { todo!() }
}

#[cfg(test)]
mod tests {
    #[test]
    fn empty() { unimplemented!() }
}
"""


def bodies() -> dict[str, RustBody]:
    return {each.path: each for each in rust_bodies("src/lib.rs", TEXT)}


def test_every_function_is_named_by_its_path() -> None:
    assert list(bodies()) == [
        *("List::new", "List::push", "List::len", "<i32 as From<Full>>::from"),
        *("inner::deep", "Shape::twice", "tests::empty"),
    ]


def test_a_body_is_open_if_nothing_stands_in_it_but_a_macro_that_gives_up() -> None:
    assert [path for path, each in bodies().items() if not each.is_open] == ["List::len"]


def test_what_is_compiled_for_tests_only_is_a_test() -> None:
    assert [path for path, each in bodies().items() if each.is_test] == ["tests::empty"]


def test_a_body_knows_its_signature_its_impl_and_its_documentation() -> None:
    push, new = bodies()["List::push"], bodies()["List::new"]
    assert push.signature.startswith("pub(crate) fn push(") and push.signature.endswith("T: Clone,")
    assert push.header == "impl<T: Clone> List<T>"
    assert new.documentation == "An empty list.\n\nIt allocates nothing."
    assert TEXT[new.start : new.end].startswith(b"pub fn new() -> Self {")
    assert TEXT[new.body : new.end].endswith(b"unimplemented!()\n    }")


def test_a_file_without_bodies_keeps_types_and_documentation_and_drops_tests() -> None:
    text = without_bodies(TEXT)
    assert "pub fn len(&self) -> usize { .. }" in text
    assert "items: Vec<T>," in text and "/// It allocates nothing." in text
    assert "mod tests" not in text and "cfg(test)" not in text


def test_bodies_that_are_wanted_stay() -> None:
    assert "{\n        self.items.len()\n    }" in without_bodies(TEXT, frozenset({"List::len"}))
