//! The shape of the house, checked: sizes of files, directions of imports, walls between crates, and what pages promise.

mod files;
mod house;
mod image;
mod imports;
mod pages;
mod walls;
