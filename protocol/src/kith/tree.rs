//! Reading the tree of a document: the one child of a name, its text, its code.

use roxmltree::Node;

use super::error::KithError;

/// Bytes of a number, an id or a code; the longest that messages have is a UUID with a prefix.
const FIELD_BYTES_MAX: usize = 128;

/// The child of this name. Two of them are refused: readers would take the one or the other.
pub(super) fn child<'a, 'i>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> Result<Option<Node<'a, 'i>>, KithError> {
    let mut found = children(node, name);
    let first = found.next();
    if found.next().is_some() { Err(KithError::Twice(name)) } else { Ok(first) }
}

/// The children of this name, whatever their namespace: messages mix those of header, content and common components.
pub(super) fn children<'a, 'i>(
    node: Node<'a, 'i>,
    name: &'static str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |child| child.is_element() && child.tag_name().name() == name)
}

/// The child behind a path of names.
pub(super) fn descend<'a, 'i>(
    node: Node<'a, 'i>,
    path: &[&'static str],
) -> Result<Option<Node<'a, 'i>>, KithError> {
    let mut found = Some(node);
    for name in path {
        let Some(node) = found else { return Ok(None) };
        found = child(node, name)?;
    }
    Ok(found)
}

/// The text of the child of this name, without white space around it; none when it is empty.
pub(super) fn text(node: Node<'_, '_>, name: &'static str) -> Result<Option<String>, KithError> {
    let Some(child) = child(node, name)? else { return Ok(None) };
    // A comment in the middle of a number does not end the number.
    let text: String =
        child.children().filter_map(|part| part.text().filter(|_| part.is_text())).collect();
    bounded(&text, name)
}

/// The code of the child of this name.
pub(super) fn code(node: Node<'_, '_>, name: &'static str) -> Result<Option<String>, KithError> {
    child(node, name)?.map_or(Ok(None), |child| code_of(child, name))
}

/// The code that an element carries: `V`, and `S` names its list. Some senders write them the other way round.
pub(super) fn code_of(node: Node<'_, '_>, name: &'static str) -> Result<Option<String>, KithError> {
    let value = node.attribute("V").unwrap_or_default();
    let swapped = node.attribute("S").filter(|list| is_oid(value) && !is_oid(list));
    bounded(swapped.unwrap_or(value), name)
}

/// An attribute of an element.
pub(super) fn attribute(
    node: Node<'_, '_>,
    name: &'static str,
) -> Result<Option<String>, KithError> {
    bounded(node.attribute(name).unwrap_or_default(), name)
}

fn bounded(text: &str, name: &'static str) -> Result<Option<String>, KithError> {
    let text = text.trim();
    if text.len() > FIELD_BYTES_MAX || text.contains(char::is_control) {
        return Err(KithError::Field(name));
    }
    Ok(Some(text.to_owned()).filter(|text| !text.is_empty()))
}

fn is_oid(text: &str) -> bool {
    text.matches('.').count() >= 3 && text.bytes().all(|b| b.is_ascii_digit() || b == b'.')
}
