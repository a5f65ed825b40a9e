//! Arithmetic on floats by way of exact decimal numbers, so that `addf 0.1 0.2` is 0.3.

use super::Error;
use super::cast::to_float64;
use super::limits::spend;
use crate::engine::value::Value;
use crate::yaml;

/// How many digits after the point a quotient has (shopspring/decimal's DivisionPrecision).
const DIVISION_DIGITS: i64 = 16;

/// How many digits a product may have; each factor brings at most 17.
const MAX_DIGITS: usize = 10_000;

/// How many bytes of work a digit of a result counts for.
const DIGIT: usize = 16;

/// A number: digits, least significant first, times a power of ten.
#[derive(Debug, Clone)]
struct Decimal {
    negative: bool,
    digits: Vec<u8>,
    exponent: i64,
}

/// One of the four operations.
type Operation = fn(&Decimal, &Decimal) -> Result<Decimal, Error>;

/// Adds floats.
pub(super) fn addf(first: f64, values: &[Value]) -> Result<f64, Error> {
    calculate(first, values, |a, b| Ok(a.add(b)))
}

/// Subtracts floats.
pub(super) fn subf(first: f64, values: &[Value]) -> Result<f64, Error> {
    calculate(first, values, |a, b| Ok(a.add(&Decimal { negative: !b.negative, ..b.clone() })))
}

/// Multiplies floats.
pub(super) fn mulf(first: f64, values: &[Value]) -> Result<f64, Error> {
    calculate(first, values, |a, b| Ok(a.multiply(b)))
}

/// Divides floats.
pub(super) fn divf(first: f64, values: &[Value]) -> Result<f64, Error> {
    calculate(first, values, Decimal::divide)
}

fn calculate(first: f64, values: &[Value], operation: Operation) -> Result<f64, Error> {
    let mut result = Decimal::new(first)?;
    for value in values {
        result = operation(&result, &Decimal::new(to_float64(value))?)?;
        spend(result.digits.len() * DIGIT);
        if result.digits.len() > MAX_DIGITS {
            return Err(Error::from(format!("result has more than {MAX_DIGITS} digits")));
        }
    }
    Ok(result.to_float())
}

impl Decimal {
    fn new(number: f64) -> Result<Self, Error> {
        if !number.is_finite() {
            let number = super::number::format_float(number);
            return Err(Error::from(format!("Cannot create a Decimal from {number}")));
        }
        let text = yaml::shortest_float(number.abs());
        let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = whole.bytes().chain(fraction.bytes()).rev().map(|digit| digit - b'0');
        let exponent = exponent.parse::<i64>().unwrap_or_default() - fraction.len() as i64;
        Ok(Self { negative: number < 0.0, digits: digits.collect(), exponent })
    }

    fn to_float(&self) -> f64 {
        let digits = self.digits.iter().rev().map(|digit| char::from(digit + b'0'));
        let text = format!("0{}e{}", digits.collect::<String>(), self.exponent);
        let number: f64 = text.parse().unwrap_or_default();
        if self.negative && number != 0.0 { -number } else { number }
    }

    /// Returns the digits as they are when the number is written with a lower exponent.
    fn digits_at(&self, exponent: i64) -> Vec<u8> {
        let zeros = usize::try_from(self.exponent - exponent).unwrap_or_default();
        [vec![0; zeros], self.digits.clone()].concat()
    }

    fn add(&self, other: &Self) -> Self {
        let exponent = self.exponent.min(other.exponent);
        let (a, b) = (self.digits_at(exponent), other.digits_at(exponent));
        if self.negative == other.negative {
            return Self { negative: self.negative, digits: sum(&a, &b), exponent };
        }
        if is_less(&a, &b) {
            return Self { negative: other.negative, digits: difference(&b, &a), exponent };
        }
        Self { negative: self.negative, digits: difference(&a, &b), exponent }
    }

    fn multiply(&self, other: &Self) -> Self {
        let mut columns = vec![0_u32; self.digits.len() + other.digits.len() + 1];
        for (i, &a) in self.digits.iter().enumerate() {
            for (j, &b) in other.digits.iter().enumerate() {
                columns[i + j] += u32::from(a) * u32::from(b);
            }
        }
        carry(&mut columns);
        let digits = columns.into_iter().map(|column| (column % 10) as u8).collect();
        let exponent = self.exponent + other.exponent;
        Self { negative: self.negative != other.negative, digits: trimmed(digits), exponent }
    }

    /// Divides to 16 digits after the point, rounding half away from zero.
    fn divide(&self, other: &Self) -> Result<Self, Error> {
        if other.digits.iter().all(|&digit| digit == 0) {
            return Err(Error::from("decimal division by 0"));
        }
        let shift = self.exponent - other.exponent + DIVISION_DIGITS;
        let dividend = Self { exponent: shift.max(0), ..self.clone() }.digits_at(0);
        let divisor = trimmed(Self { exponent: (-shift).max(0), ..other.clone() }.digits_at(0));
        let mut remainder: Vec<u8> = Vec::new();
        let mut quotient = Vec::with_capacity(dividend.len());
        for &digit in dividend.iter().rev() {
            remainder.insert(0, digit);
            remainder = trimmed(remainder);
            let mut count = 0;
            while !is_less(&remainder, &divisor) {
                remainder = difference(&remainder, &divisor);
                count += 1;
            }
            quotient.insert(0, count);
        }
        if !is_less(&sum(&remainder, &remainder), &divisor) {
            quotient = sum(&quotient, &[1]);
        }
        let negative = self.negative != other.negative;
        Ok(Self { negative, digits: trimmed(quotient), exponent: -DIVISION_DIGITS })
    }
}

fn carry(columns: &mut [u32]) {
    let mut over = 0;
    for column in columns {
        let total = *column + over;
        *column = total % 10;
        over = total / 10;
    }
}

/// Cuts off leading zeros.
fn trimmed(mut digits: Vec<u8>) -> Vec<u8> {
    while digits.last() == Some(&0) {
        digits.pop();
    }
    digits
}

fn is_less(a: &[u8], b: &[u8]) -> bool {
    let digit = |digits: &[u8], index: usize| digits.get(index).copied().unwrap_or_default();
    let unequal = (0..a.len().max(b.len())).rev().find(|&at| digit(a, at) != digit(b, at));
    unequal.is_some_and(|at| digit(a, at) < digit(b, at))
}

fn sum(a: &[u8], b: &[u8]) -> Vec<u8> {
    let digit = |digits: &[u8], index: usize| digits.get(index).copied().unwrap_or_default();
    let columns = (0..=a.len().max(b.len())).map(|at| u32::from(digit(a, at) + digit(b, at)));
    let mut columns: Vec<u32> = columns.collect();
    carry(&mut columns);
    trimmed(columns.into_iter().map(|column| column as u8).collect())
}

/// Subtracts the smaller `b` from `a`.
fn difference(a: &[u8], b: &[u8]) -> Vec<u8> {
    let mut borrowed = 0;
    let digits = a.iter().enumerate().map(|(at, &digit)| {
        let taken = b.get(at).copied().unwrap_or_default() + borrowed;
        borrowed = u8::from(digit < taken);
        digit + 10 * borrowed - taken
    });
    trimmed(digits.collect())
}
