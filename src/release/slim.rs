//! How large a record may become, and what is left out of one that would be larger.
//!
//! Kubernetes limits what a Secret holds. Nothing that Helm or windlass does with a stored release
//! needs the chart's templates, files and schema, which are most of a large record.

use super::{Error, Release, codec};

/// What the values of a Secret or a ConfigMap may have together: the API server refuses a byte more
/// (MaxSecretSize in Kubernetes' pkg/apis/core/types.go).
const LIMIT: usize = 1024 * 1024;

/// What a new record leaves free for later writes: the error of a failure, the runs of hooks, and
/// that Helm packs the same text up to about one percent larger.
const ROOM: usize = 32 * 1024;

/// A part of a record with its size before packing.
pub type Part = (&'static str, usize);

impl Release {
    /// Makes a new revision fit into a record, without its chart's templates, files and schema if it
    /// must be; returns the size that the record would have had, if it is slim now.
    ///
    /// # Errors
    /// [`Error::RecordTooLarge`] if it does not fit even so.
    pub fn fit(&mut self) -> Result<Option<usize>, Error> {
        self.fit_into(LIMIT - ROOM)
    }

    /// Says whether the chart's templates and files were left out of the record.
    pub fn is_slim(&self) -> bool {
        self.chart.templates.is_empty() && self.chart.files.is_empty() && !self.manifest.is_empty()
    }

    /// Makes a revision that is stored again fit; says whether anything was left out for that.
    pub(super) fn fit_again(&mut self, size: usize) -> Result<bool, Error> {
        Ok(size > LIMIT && self.fit_into(LIMIT)?.is_some())
    }

    fn fit_into(&mut self, most: usize) -> Result<Option<usize>, Error> {
        let whole = self.packed_size()?;
        if whole <= most {
            return Ok(None);
        }
        self.chart.templates.clear();
        self.chart.files.clear();
        (self.chart.schema, self.chart.schema_modified) = (None, None);
        let slim = self.packed_size()?;
        if slim <= most { Ok(Some(whole)) } else { Err(self.too_large(slim)) }
    }

    /// Returns the size of the body, or of an upper bound where that is small.
    fn packed_size(&self) -> Result<usize, Error> {
        codec::packed_size(self, LIMIT - ROOM)
            .map_err(|source| Error::Encode { name: self.name.clone(), source })
    }

    fn too_large(&self, size: usize) -> Error {
        let values = |values: &crate::yaml::Map| {
            serde_json::to_vec(values).map_or(0, |text: Vec<u8>| text.len())
        };
        let hooks = self.hooks.iter().map(|hook| hook.manifest.len()).sum();
        let mut parts = vec![
            ("manifest", self.manifest.len()),
            ("hooks", hooks),
            ("user values", values(&self.config)),
            ("chart's values", values(&self.chart.values)),
            ("notes", self.info.notes.len()),
        ];
        parts.retain(|(_, size)| *size > 0);
        parts.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
        Error::RecordTooLarge {
            name: self.name.clone(),
            version: self.version,
            size,
            limit: LIMIT,
            parts,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::File;

    /// Returns text that gzip cannot shorten to much less than three quarters.
    fn noise(length: usize) -> String {
        let mut state = 1_u64;
        let next = |_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            char::from(b'!' + ((state >> 33) % 64) as u8)
        };
        (0..length).map(next).collect()
    }

    fn release(templates: usize, manifest: usize) -> Release {
        let mut release = Release::new("web", "shop", 3);
        release.chart.metadata.name = "web".to_owned();
        release.chart.values.insert("a".to_owned(), "b".into());
        release.chart.templates = vec![File::new("templates/a.yaml", noise(templates))];
        release.chart.files = vec![File::new("README.md", "text")];
        release.chart.schema = Some("{}".into());
        release.manifest = noise(manifest);
        release
    }

    #[test]
    fn a_release_that_fits_is_left_whole() {
        for templates in [10, 600_000] {
            let mut whole = release(templates, 10);
            assert_eq!(whole.fit().unwrap(), None);
            assert!(!whole.is_slim());
            assert!(whole.chart.schema.is_some());
        }
    }

    #[test]
    fn a_release_that_is_too_large_loses_templates_files_and_schema_and_nothing_else() {
        let mut slim = release(1_500_000, 10);
        let whole = slim.clone();
        assert!(slim.fit().unwrap().is_some_and(|size| size > LIMIT));
        assert!(slim.is_slim());
        let body = codec::encode(&slim).unwrap();
        assert!(body.len() < 2_000);
        let read = codec::decode(&body).unwrap();
        assert_eq!((&read.manifest, &read.chart.values), (&whole.manifest, &whole.chart.values));
        assert_eq!(read.chart.metadata, whole.chart.metadata);
        assert_eq!(read.chart.schema, None);
        assert!(read.is_slim());
        assert_eq!(slim.fit().unwrap(), None);
    }

    #[test]
    fn a_release_that_is_too_large_even_slim_is_refused_with_the_sizes_of_its_parts() {
        let error = release(10, 1_500_000).fit().unwrap_err();
        let Error::RecordTooLarge { size, parts, .. } = &error else { panic!("{error}") };
        assert!(*size > LIMIT);
        assert_eq!(parts[0], ("manifest", 1_500_000));
        assert!(error.to_string().contains("Kubernetes allows 1048576"), "{error}");
    }

    #[test]
    fn a_record_that_grew_is_slimmed_only_above_the_limit() {
        let mut grown = release(805_000, 10);
        let size = codec::encode(&grown).unwrap().len();
        assert!(size > LIMIT - ROOM && size <= LIMIT, "{size}");
        assert!(!grown.fit_again(size).unwrap());
        assert!(!grown.is_slim());
        assert!(grown.clone().fit().unwrap().is_some(), "a new record leaves room");
        grown.info.description = noise(60_000);
        let size = codec::encode(&grown).unwrap().len();
        assert!(grown.fit_again(size).unwrap());
        assert!(grown.is_slim());
    }
}
