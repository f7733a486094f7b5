-- Contacts (people), and the WhatsApp accounts by which we know them.

create type public.lead_status as enum
  ('new', 'unqualified', 'qualified', 'customer', 'archived', 'spam', 'duplicate');

-- In the order of trust: a lower source never overwrites a higher one.
create type public.field_source as enum ('whatsapp_profile', 'bot', 'import', 'staff');

create table public.contacts (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  name text check (length(name) between 1 and 200),
  name_source public.field_source,
  -- Provider time of the value: between two values of one source the newer one stays, whichever arrives last.
  name_as_of timestamptz,
  lead_status public.lead_status not null default 'new',
  created_at timestamptz not null default now(),
  changed_xid xid8 not null default pg_current_xact_id(),
  unique (workspace_id, id),
  check ((name is null) = (name_source is null))
);

create index contacts_changed_xid on public.contacts (workspace_id, changed_xid);

create table public.contact_identities (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  contact_id uuid not null,
  -- As received or typed; shown, never compared.
  phone text,
  -- E.164, or null where WhatsApp hides the number.
  phone_normalized text check (phone_normalized ~ '^\+[1-9][0-9]{5,14}$'),
  -- What the phone number library says of it: 'valid', 'possible', 'invalid'.
  phone_verdict text,
  -- Provider time since when the number is known to be this account's.
  phone_as_of timestamptz,
  username text,
  profile_name text,
  profile_name_as_of timestamptz,
  created_at timestamptz not null default now(),
  unique (workspace_id, phone_normalized),
  unique (workspace_id, id),
  foreign key (workspace_id, contact_id) references public.contacts (workspace_id, id)
);

create index contact_identities_contact_id on public.contact_identities (workspace_id, contact_id);

-- Business-scoped user ids: unique within a scope, which is the portfolio or, unknown, the business account.
create table public.business_scoped_ids (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  identity_id uuid not null,
  scope text not null,
  value text not null,
  first_seen_at timestamptz not null,
  unique (workspace_id, scope, value),
  foreign key (workspace_id, identity_id) references public.contact_identities (workspace_id, id)
);

create index business_scoped_ids_identity_id on public.business_scoped_ids (workspace_id, identity_id);

-- Numbers that an account had and has no more.
create table public.identity_phones (
  id uuid primary key default gen_random_uuid(),
  workspace_id uuid not null references public.workspaces (id),
  identity_id uuid not null,
  phone_normalized text not null,
  held_until timestamptz not null,
  unique (workspace_id, identity_id, phone_normalized, held_until),
  foreign key (workspace_id, identity_id) references public.contact_identities (workspace_id, id)
);

create index identity_phones_number on public.identity_phones (workspace_id, phone_normalized);

create trigger contacts_changed_xid before update on public.contacts
  for each row execute function private.set_changed_xid();

alter table public.contacts enable row level security;
alter table public.contact_identities enable row level security;
alter table public.business_scoped_ids enable row level security;
alter table public.identity_phones enable row level security;

grant select on public.contacts, public.contact_identities, public.business_scoped_ids, public.identity_phones
  to my21_member;

create policy "Members read their workspace's contacts" on public.contacts
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's contact identities" on public.contact_identities
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's business-scoped ids" on public.business_scoped_ids
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));

create policy "Members read their workspace's former numbers" on public.identity_phones
  for select to my21_member
  using (workspace_id = any (array(select private.my_workspace_ids())));
