//! The conditions of a metric as expressions: true, false, or null where nobody can tell.

use polars::prelude::*;
use tribometer_surveys::telemetry::columns::{Kind, Shape};
use tribometer_surveys::telemetry::metrics::{Conditions, Test, Word};

/// What conditions are put to.
pub(super) struct Conditional<'a> {
    pub schema: SchemaRef,
    pub shape: Option<&'a Shape>,
    /// The last time of any record.
    pub seen_until: Box<dyn Fn() -> Option<i64> + 'a>,
}

impl Conditional<'_> {
    /// Whether all conditions hold.
    pub fn all(&self, conditions: &Conditions) -> Expr {
        let each = conditions.iter();
        let each = each.map(|(column, test)| self.passes(column, test));
        each.reduce(Expr::and).unwrap_or_else(|| lit(true))
    }

    fn passes(&self, column: &str, test: &Test) -> Expr {
        let unknown = || lit(NULL).cast(DataType::Boolean);
        if !self.schema.contains(column) {
            return match test {
                Test::Word(word) => lit(word.0.is_empty()),
                Test::Words(words) => lit(words.iter().any(|word| word.0.is_empty())),
                Test::Given { given } => lit(!given),
                Test::AtLeast { .. } | Test::Within { .. } => unknown(),
            };
        }
        match test {
            Test::Word(word) => self.is_one_of(column, std::slice::from_ref(word)),
            Test::Words(words) => self.is_one_of(column, words),
            Test::Given { given: true } => col(column).is_not_null(),
            Test::Given { given: false } => col(column).is_null(),
            Test::AtLeast { at_least } => col(column).gt_eq(lit(*at_least)),
            Test::Within { of, .. } if !self.schema.contains(of) => unknown(),
            Test::Within { within, of } => {
                let within = within.0.num_microseconds().unwrap_or(i64::MAX);
                let taken = col(column) - col(of.as_str());
                // Too late already, or not yet known.
                let is_missed = match (self.seen_until)() {
                    Some(until) => (lit(until) - col(of.as_str())).gt(lit(within)),
                    None => lit(false),
                };
                when(taken.clone().gt_eq(lit(0)))
                    .then(taken.lt_eq(lit(within)))
                    .when(col(column).is_null().and(is_missed))
                    .then(lit(false))
                    .otherwise(unknown())
            }
        }
    }

    /// Whether a cell is one of some words, in any case; an empty word stands for an empty cell.
    fn is_one_of(&self, column: &str, words: &[Word]) -> Expr {
        let empty = words.iter().any(|word| word.0.is_empty());
        let declared = self.shape.and_then(|shape| {
            let at = shape.position(column)?;
            Some(shape.columns[at].kind)
        });
        let is = match declared {
            Some(Kind::Number | Kind::Id | Kind::Time) => {
                let numbers = words.iter().filter_map(|word| word.0.parse::<i64>().ok());
                let is = |number: i64| col(column).cast(DataType::Int64).eq(lit(number));
                numbers
                    .map(is)
                    .reduce(Expr::or)
                    .unwrap_or_else(|| lit(false))
            }
            _ => {
                let words: Vec<String> = words.iter().map(|word| word.0.clone()).collect();
                let is = move |cell: &str| words.iter().any(|word| word.eq_ignore_ascii_case(cell));
                col(column).map(
                    move |cells| {
                        let is: BooleanChunked = match cells.try_cat32() {
                            Some(cells) => {
                                let names = cells.get_mapping();
                                let codes = 0..names.num_cats_upper_bound() as u32;
                                let is = |code| names.cat_to_str(code).is_some_and(&is);
                                let is: Vec<bool> = codes.map(is).collect();
                                let codes = cells.physical().iter();
                                codes
                                    .map(|code| code.map(|code| is[code as usize]))
                                    .collect()
                            }
                            None => cells.str()?.iter().map(|cell| cell.map(&is)).collect(),
                        };
                        Ok(is.with_name(cells.name().clone()).into_column())
                    },
                    |_, field| Ok(Field::new(field.name().clone(), DataType::Boolean)),
                )
            }
        };
        is.fill_null(lit(empty))
    }
}
