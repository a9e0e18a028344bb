//! When something happens, as it is written.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use units::Span;

/// A fixed or a drawn moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum When {
    /// Exactly then.
    At(Span),
    /// Drawn evenly from the range, anew for each seed.
    Between(Span, Span),
}

impl When {
    /// No sooner than this.
    pub fn earliest(self) -> Span {
        match self {
            When::At(at) => at,
            When::Between(first, last) => first.min(last),
        }
    }

    /// No later than this.
    pub fn latest(self) -> Span {
        match self {
            When::At(at) => at,
            When::Between(first, last) => first.max(last),
        }
    }
}

/// A moment as it may be written. The spans are read afterwards, so that a wrong unit gets an error of its
/// own and not "matches no variant".
#[derive(Deserialize)]
#[serde(untagged, expecting = "this is no moment; write \"60s\" or Between(\"60s\", \"120s\")")]
enum Written {
    Bare(String),
    Named(Named),
}

#[derive(Deserialize)]
enum Named {
    At(String),
    Between(String, String),
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<When, D::Error> {
        let span = |text: &str| text.parse::<Span>().map_err(D::Error::custom);
        match Written::deserialize(from)? {
            Written::Bare(at) | Written::Named(Named::At(at)) => Ok(When::At(span(&at)?)),
            Written::Named(Named::Between(first, last)) => Ok(When::Between(span(&first)?, span(&last)?)),
        }
    }
}

impl JsonSchema for When {
    fn schema_name() -> Cow<'static, str> {
        "When".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let span = generator.subschema_for::<Span>();
        let named = |name: &str, value: Schema| {
            json_schema!({
                "type": "object",
                "properties": { name: value },
                "required": [name],
                "additionalProperties": false,
            })
        };
        let pair =
            json_schema!({ "type": "array", "prefixItems": [span, span], "minItems": 2, "maxItems": 2 });
        json_schema!({
            "description": "A fixed moment, \"60s\", or one drawn evenly anew for each seed, Between(\"60s\", \"120s\").",
            "anyOf": [span, named("At", span.clone()), named("Between", pair)],
        })
    }
}
