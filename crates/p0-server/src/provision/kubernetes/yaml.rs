//! YAML, as far as kubeconfigs need it: mappings, lists and scalars.

use saphyr_parser::{Event, Parser};
use serde_json::{Map, Value};

/// The maximum nesting depth.
const DEEPEST: usize = 32;

/// Parses the first document, with all scalars as text. Returns `None` if there is none.
///
/// # Errors
///
/// It is not YAML, or uses an unsupported feature. The message says what and where.
pub(super) fn read(text: &str) -> Result<Option<Value>, String> {
    let mut events = Parser::new_from_str(text).map(|event| event.map(|(event, _)| event).map_err(|e| e.to_string()));
    loop {
        match events.next().transpose()? {
            None | Some(Event::StreamEnd) => return Ok(None),
            Some(Event::DocumentStart(_)) => break,
            Some(_) => {}
        }
    }
    let first = next(&mut events)?;
    node(first, &mut events, DEEPEST).map(Some)
}

fn next<'y>(events: &mut impl Iterator<Item = Result<Event<'y>, String>>) -> Result<Event<'y>, String> {
    events.next().unwrap_or_else(|| Err("it ends too early".into()))
}

fn node<'y, E>(event: Event<'y>, events: &mut E, depth: usize) -> Result<Value, String>
where
    E: Iterator<Item = Result<Event<'y>, String>>,
{
    let deeper = depth.checked_sub(1).ok_or("it is too deep")?;
    match event {
        Event::Scalar(text, ..) => Ok(text.into_owned().into()),
        Event::SequenceStart(..) => {
            let mut list = Vec::new();
            loop {
                match next(events)? {
                    Event::SequenceEnd => return Ok(list.into()),
                    event => list.push(node(event, events, deeper)?),
                }
            }
        }
        Event::MappingStart(..) => {
            let mut mapping = Map::new();
            loop {
                let key = match next(events)? {
                    Event::MappingEnd => return Ok(mapping.into()),
                    event => node(event, events, deeper)?,
                };
                let Value::String(key) = key else { return Err("a key is no word".into()) };
                let event = next(events)?;
                mapping.insert(key, node(event, events, deeper)?);
            }
        }
        Event::Alias(_) => Err("aliases are not supported here".into()),
        _ => Err("it ends too early".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn documents_are_read_in_block_and_in_flow_style() {
        assert_eq!(
            read("a:\n- {b: c, d: [e, 'f g']}\n---\nx: y\n"),
            Ok(Some(json!({"a": [{"b": "c", "d": ["e", "f g"]}]})))
        );
        assert_eq!(read(r#"{"a": {"b": false}}"#), Ok(Some(json!({"a": {"b": "false"}}))));
        assert_eq!(read("# nothing\n"), Ok(None));
        for bad in ["a: [", "a: *b", "{[a]: b}", &"[".repeat(1_000), "a: \"b"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
