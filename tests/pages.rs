//! What `run --out` writes, as a browser and a CI system see it.

#[path = "pages/browser.rs"]
mod browser;
#[path = "pages/catalogue.rs"]
mod catalogue;
#[path = "support/ci.rs"]
mod ci;
#[path = "pages/rendered.rs"]
mod rendered;
