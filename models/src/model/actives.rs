//! Several databases that accept writes at the same time.

use scenarios::{Actives, Resolution};

use super::Path;

/// Several databases that accept writes at the same time, and the keys they write.
#[derive(Clone, Debug)]
pub struct ActivesModel {
    /// Their nodes.
    pub nodes: Vec<usize>,
    /// Per region: the actives, the nearest first.
    pub nearest: Vec<Vec<usize>>,
    /// Keys that are written equally often: how many, and their share of all writes.
    pub classes: Vec<(u64, f64)>,
    /// Which of two writes that did not know of each other stays.
    pub resolution: Resolution,
}

impl ActivesModel {
    /// `paths`: between regions, as in the model; `region_of`: of each node.
    pub(super) fn new(
        actives: &Actives,
        nodes: Vec<usize>,
        paths: &[Path],
        regions: usize,
        region_of: impl Fn(usize) -> usize,
    ) -> ActivesModel {
        let distance = |region: usize, node: usize| {
            let there = region_of(node);
            let far = if region == there {
                0
            } else {
                paths[region * regions + there].latency.quantile(0.5).as_nanos()
            };
            (far, node)
        };
        let nearest = (0..regions).map(|region| {
            let mut order = nodes.clone();
            order.sort_by_key(|node| distance(region, *node));
            order
        });
        let cold = actives.keys - actives.hot_keys;
        let classes = [(actives.hot_keys, actives.hot_share), (cold, 1.0 - actives.hot_share)];
        ActivesModel {
            nearest: nearest.collect(),
            classes: classes.into_iter().filter(|(keys, share)| *keys > 0 && *share > 0.0).collect(),
            resolution: actives.resolution,
            nodes,
        }
    }

    /// The chance that two writes, picked at random, are to the same key.
    pub fn same_key(&self) -> f64 {
        self.classes.iter().map(|(keys, share)| share * share / *keys as f64).sum()
    }
}
