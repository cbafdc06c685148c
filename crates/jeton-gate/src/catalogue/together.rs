//! The limits of an API and of its routes, grouped by what is counted together, each group with the beginning of its keys.

use crate::{
    memory::Known,
    spend::{Counted, Link},
};
use aws_lc_rs::digest::{Context, SHA256};
use jeton_core::{
    allowance::{Allowances, OnUnavailable},
    api::{Api, ApiRoute},
    api_limit::{ApiLimit, Per},
    id::ApiId,
    lease::Payer,
};

/// Limits that are spent together.
pub(crate) struct Shared {
    api: ApiId,
    per: Per,
    allowances: Allowances,
    of_route: bool,
    is_lenient: bool,
    /// What the keys of all that is counted here have in common.
    place: Context,
}

impl Shared {
    /// The groups of an API, or of one of its routes.
    pub(crate) fn of(api: &Api, route: Option<&ApiRoute>) -> Box<[Self]> {
        let limits: &[ApiLimit] = route.map_or(&api.limits, |route| &route.limits);
        let group = |per: Per| {
            let own: Vec<&ApiLimit> = limits.iter().filter(|limit| limit.per == per).collect();
            let first = own.first()?;
            let mut place = Context::new(&SHA256);
            place.update(b"jeton api limit\0");
            place.update(api.id.digits().as_bytes());
            place.update(per.as_str().as_bytes());
            place.update(b"\0");
            place.update(route.map(|own| own.route.to_string()).unwrap_or_default().as_bytes());
            place.update(b"\0");
            Some(Self {
                api: api.id,
                per,
                allowances: Allowances { rates: own.iter().map(|limit| limit.rate()).collect(), ..Allowances::default() },
                of_route: route.is_some(),
                is_lenient: first.on_unavailable == OnUnavailable::Allow,
                place,
            })
        };
        Per::ALL.into_iter().filter_map(group).collect()
    }
    /// What a token spends here; nothing where it has not what is counted by.
    pub(crate) fn link(&self, token: &Known) -> Option<Link<'_>> {
        let (id, policy) = (token.id(), token.policy());
        let whose = match self.per {
            Per::Token => id.digits(),
            Per::Subject => token.subject(),
            Per::Client => policy.client_id.as_deref()?,
            Per::Project => policy.project.as_ref()?.digits(),
            Per::Everybody => "",
        };
        let mut key = self.place.clone();
        key.update(whose.as_bytes());
        let key = key.finish().as_ref().first_chunk().copied()?;
        let counted = Counted::Together { per: self.per, of_route: self.of_route };
        let payer = Payer::Together { api: self.api, key };
        Some(Link { payer, below: None, allowances: &self.allowances, counted, is_lenient: self.is_lenient })
    }
}
