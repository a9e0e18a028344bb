//! What the crate may take at most.

/// Largest append, in bytes of entries, unless a single entry is larger.
pub(super) const APPEND_BYTES_MAX: u64 = 1 << 20;
/// Most appends under way to one follower. The crate takes memory for them when it starts, and a failover is a few
/// commands in all.
pub(super) const APPENDS_UNDER_WAY_MAX: usize = 64;
/// Largest amount of proposed and uncommitted data, in bytes, unless a single proposal is larger.
pub(super) const UNCOMMITTED_BYTES_MAX: u64 = 16 << 20;
