//! Federations larger than scenarios have them.

use std::iter::once;

use budstikke_protocol::ids::OrganisationNumber;
use budstikke_scenarios::cluster::Cluster;

use crate::setting::Setting;

/// Valid organisation numbers, without an end that anybody would reach.
pub(crate) fn numbers() -> impl Iterator<Item = String> {
    let numbers = (910_000_000..).map(|number: u32| number.to_string());
    numbers.filter(|number| number.parse::<OrganisationNumber>().is_ok())
}

/// A federation of so many organisations that have all joined; none of their nodes runs.
pub(crate) fn federation(setting: &Setting, count: usize) -> Cluster {
    let mut cluster = Cluster::made(setting.program.clone(), 0);
    for number in numbers().take(count) {
        cluster.init(&number);
    }
    let requests: Vec<String> = cluster
        .sites
        .iter()
        .map(|site| site.home.join("request.json").display().to_string())
        .collect();
    let add: Vec<&str> = once("add").chain(requests.iter().map(String::as_str)).collect();
    cluster.change_roster(&add);
    cluster.join_all();
    cluster
}
