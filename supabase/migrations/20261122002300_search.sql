-- Search: contacts by numbers and names, messages by words. Row-level security would switch off the indexes that it
-- needs (their operators are not leakproof): the functions here check membership and visibility themselves, once.

-- A text as it is compared: a space before each word, small letters without accents, invisible marks or punctuation.
-- Each Chinese, Japanese or Korean sign is a word of its own, because they write no spaces.
create function private.fold_words(text text) returns text
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  folded text := coalesce(fold_words.text, '');
begin
  -- Most messages are plain ASCII, for which the rest would cost half of the work and change nothing.
  if octet_length(folded) <> length(folded) then
    folded := normalize(regexp_replace(
      normalize(folded, nfkd),
      '[’ʼ\u00ad\u0300-\u036f\u0610-\u061a\u0640\u064b-\u065f\u0670\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+',
      '', 'g'
    ), nfkc);
    folded := regexp_replace(folded, '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af])', ' \1 ', 'g');
  end if;
  folded := regexp_replace(lower(replace(folded, '''', '')), '[^[:alnum:]]+', ' ', 'g');
  return ' ' || btrim(folded);
end
$$;

-- A name as it is compared, short enough for an index.
create function private.fold_name(name text) returns text
language sql immutable parallel safe
set search_path = ''
as $$ select left(private.fold_words(left(fold_name.name, 200)), 200) $$;

-- The words of a message as they stand, and their Indonesian and English stems. Positions are left out: they would
-- double the size. A text that is longer than any that WhatsApp takes is read as far as a person would.
create function private.make_search_words(text text) returns tsvector
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  folded text := private.fold_words(left(make_search_words.text, 20000));
begin
  return strip(
    to_tsvector('pg_catalog.simple', folded) || to_tsvector('pg_catalog.indonesian', folded)
      || to_tsvector('pg_catalog.english', folded)
  );
end
$$;

-- What to look for: every word must be there with one of its stems, which a message that has the word itself has as well.
-- The last word may be unfinished.
create function private.make_search_query(words text[]) returns tsquery
language plpgsql immutable parallel safe
set search_path = ''
as $$
declare
  word text;
  forms text[];
  every_word text[];
  place integer := 0;
begin
  foreach word in array coalesce(make_search_query.words, array[]::text[]) loop
    place := place + 1;
    forms := array(
      select distinct quote_literal(form)
      from unnest(
        ts_lexize('pg_catalog.indonesian_stem', word) || ts_lexize('pg_catalog.english_stem', word)
      ) as form
    );
    -- A word that both languages leave out is found as it stands.
    if forms = '{}' then
      forms := array[quote_literal(word)];
    end if;
    if place = cardinality(make_search_query.words) and length(word) >= 3 then
      forms := forms || (quote_literal(word) || ':*');
    end if;
    every_word := every_word || ('(' || array_to_string(forms, ' | ') || ')');
  end loop;
  return array_to_string(every_word, ' & ')::tsquery;
end
$$;

-- The words of each message, apart from it: ticks change a message three times, and would each time write the words
-- and their index anew. (`offset 0` below keeps Postgres from making the words twice, for the column and for the
-- condition.)
create table private.message_words (
  workspace_id uuid not null,
  message_id uuid not null,
  conversation_id uuid not null,
  occurred_at timestamptz(3) not null,
  words tsvector not null,
  primary key (workspace_id, message_id),
  foreign key (workspace_id, message_id) references public.messages (workspace_id, id) on delete cascade
);

-- Nobody reads it but the functions below.
alter table private.message_words enable row level security;

create index message_words_newest on private.message_words (workspace_id, occurred_at desc, message_id desc);
create index message_words_words on private.message_words using gin (workspace_id, words)
  with (gin_pending_list_limit = 1024);

create function private.messages_keep_words() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  insert into private.message_words (workspace_id, message_id, conversation_id, occurred_at, words)
  select n.workspace_id, n.id, n.conversation_id, n.occurred_at, made.words
  from new_messages n
  cross join lateral (select private.make_search_words(n.text) as words offset 0) made
  where n.text is not null and made.words <> '';
  return null;
end
$$;

create trigger messages_keep_words after insert on public.messages
  referencing new table as new_messages
  for each statement execute function private.messages_keep_words();

create function private.messages_change_words() returns trigger
language plpgsql security definer
set search_path = ''
as $$
begin
  delete from private.message_words w where w.workspace_id = old.workspace_id and w.message_id = old.id;
  insert into private.message_words (workspace_id, message_id, conversation_id, occurred_at, words)
  select new.workspace_id, new.id, new.conversation_id, new.occurred_at, made.words
  from (select private.make_search_words(new.text) as words offset 0) made
  where new.text is not null and made.words <> '';
  return null;
end
$$;

create trigger messages_change_words after update of text, conversation_id, occurred_at on public.messages
  for each row
  when (
    (old.text, old.conversation_id, old.occurred_at) is distinct from (new.text, new.conversation_id, new.occurred_at)
  )
  execute function private.messages_change_words();

insert into private.message_words (workspace_id, message_id, conversation_id, occurred_at, words)
select m.workspace_id, m.id, m.conversation_id, m.occurred_at, made.words
from public.messages m
cross join lateral (select private.make_search_words(m.text) as words offset 0) made
where m.text is not null and made.words <> '';

create index contacts_name_prefix on public.contacts
  (workspace_id, private.fold_name(name) text_pattern_ops) where name is not null;
create index contacts_name_words on public.contacts
  using gin (workspace_id, private.fold_name(name) extensions.gin_trgm_ops) where name is not null;
create index contacts_email on public.contacts (workspace_id, lower(email) text_pattern_ops) where email is not null;
create index contact_identities_name_prefix on public.contact_identities
  (workspace_id, private.fold_name(coalesce(profile_name, '') || ' ' || coalesce(username, '')) text_pattern_ops);
create index contact_identities_name_words on public.contact_identities using gin
  (workspace_id, private.fold_name(coalesce(profile_name, '') || ' ' || coalesce(username, '')) extensions.gin_trgm_ops);
create index contact_identities_phone_prefix on public.contact_identities
  (workspace_id, phone_normalized text_pattern_ops) where phone_normalized is not null;
create index contact_identities_last_digits on public.contact_identities
  (workspace_id, reverse(phone_normalized) text_pattern_ops) where phone_normalized is not null;
create index identity_phones_phone_prefix on public.identity_phones (workspace_id, phone_normalized text_pattern_ops);
create index identity_phones_last_digits on public.identity_phones
  (workspace_id, reverse(phone_normalized) text_pattern_ops);

-- The conversations that the signed-in member sees in a workspace, joined threads among them; null for one who sees all
-- of them. Errors: 42501 for who does not belong to the workspace.
create function private.list_sight(workspace_id uuid) returns uuid[]
language plpgsql stable security definer
set search_path = ''
as $$
begin
  if list_sight.workspace_id = any (array(select private.my_unrestricted_workspace_ids())) then
    return null;
  end if;
  if not list_sight.workspace_id = any (array(select private.my_workspace_ids())) then
    raise exception 'no such workspace' using errcode = '42501';
  end if;
  return array(
    select c.id
    from public.conversations root
    join public.conversations c on c.workspace_id = root.workspace_id and c.root_id = root.id
    where root.workspace_id = list_sight.workspace_id and root.is_root
      and (root.assignee_id = (select private.my_user_id()) or root.team_id = any (array(select private.my_team_ids())))
  );
end
$$;

-- People, the best match first: by a whole number, e-mail or name, by its beginning, by last digits, by words of the
-- name, and only where that finds few, by names that are alike. What is null is not looked for. Numbers are E.164, last
-- digits are digits. match_text is what was found where that is not what is shown: a former number, an e-mail.
-- Errors: 42501 for who does not belong to the workspace.
create function private.search_contacts(
  workspace_id uuid, phones text[], phone_starts text[], last_digits text, email text, name text, page_size integer
) returns table (
  contact_id uuid, conversation_id uuid, contact_name text, address text, match_kind text, match_text text
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := search_contacts.workspace_id;
  sight uuid[] := private.list_sight(tenant);
  -- The contacts of those conversations, with all that were joined with them.
  people uuid[];
  -- Sorts after every character that a name, number or address has.
  highest text := chr(1114111);
  folded text := nullif(private.fold_name(search_contacts.name), ' ');
  patterns text[];
  typed_email text := lower(search_contacts.email);
  reversed text := reverse(search_contacts.last_digits);
begin
  -- Not as a setting of the function: who owns it is no superuser, and may set only what is loaded already.
  perform set_config('pg_trgm.word_similarity_threshold', '0.4', true);
  if sight is not null then
    people := array(
      select k.id
      from public.conversations c
      join public.contact_identities i on i.workspace_id = c.workspace_id and i.id = c.identity_id
      join public.contacts own on own.workspace_id = i.workspace_id and own.id = i.contact_id
      join public.contacts k on k.workspace_id = own.workspace_id and k.root_id = own.root_id
      where c.workspace_id = tenant and c.id = any (sight)
    );
  end if;
  if folded is not null then
    -- The longest first: three of them narrow it down in the index, the others are compared.
    select array_agg('% ' || word || '%' order by length(word) desc)
    into patterns
    from unnest(string_to_array(ltrim(folded), ' ')) as word;
    -- One letter begins too many words.
    if length(patterns[1]) < 5 and octet_length(patterns[1]) = length(patterns[1]) then
      patterns := null;
    end if;
  end if;
  return query
  with strict_hits as (
    (
      select i.contact_id, 0 as rank, 'phone' as kind, null::text as found
      from public.contact_identities i
      where i.workspace_id = tenant and i.phone_normalized = any (phones)
        and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 1, 'former_phone', p.phone_normalized
      from public.identity_phones p
      join public.contact_identities i on i.workspace_id = p.workspace_id and i.id = p.identity_id
      where p.workspace_id = tenant and p.phone_normalized = any (phones)
        and p.phone_normalized is distinct from i.phone_normalized and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select k.id, 2, 'email', k.email
      from public.contacts k
      where k.workspace_id = tenant and k.email is not null
        and lower(k.email) operator(pg_catalog.~>=~) typed_email
        and lower(k.email) operator(pg_catalog.~<~) (typed_email || highest)
        and (people is null or k.id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 3, 'phone', null
      from unnest(phone_starts) as start
      cross join lateral (
        select i.contact_id
        from public.contact_identities i
        where i.workspace_id = tenant and i.phone_normalized is not null
          and i.phone_normalized operator(pg_catalog.~>=~) start
          and i.phone_normalized operator(pg_catalog.~<~) (start || highest)
          and (people is null or i.contact_id = any (people))
        limit 25
      ) i
    ) union all (
      select k.id, 4, 'name', null
      from public.contacts k
      where k.workspace_id = tenant and k.name is not null
        and private.fold_name(k.name) operator(pg_catalog.~>=~) folded
        and private.fold_name(k.name) operator(pg_catalog.~<~) (folded || highest)
        and (people is null or k.id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 5, 'name', null
      from public.contact_identities i
      where i.workspace_id = tenant
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, ''))
          operator(pg_catalog.~>=~) folded
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, ''))
          operator(pg_catalog.~<~) (folded || highest)
        and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 6, 'phone', null
      from public.contact_identities i
      where i.workspace_id = tenant and i.phone_normalized is not null
        and reverse(i.phone_normalized) operator(pg_catalog.~>=~) reversed
        and reverse(i.phone_normalized) operator(pg_catalog.~<~) (reversed || highest)
        and (people is null or i.contact_id = any (people))
      limit 25
    ) union all (
      select i.contact_id, 7, 'former_phone', p.phone_normalized
      from public.identity_phones p
      join public.contact_identities i on i.workspace_id = p.workspace_id and i.id = p.identity_id
      where p.workspace_id = tenant and p.phone_normalized is distinct from i.phone_normalized
        and reverse(p.phone_normalized) operator(pg_catalog.~>=~) reversed
        and reverse(p.phone_normalized) operator(pg_catalog.~<~) (reversed || highest)
        and (people is null or i.contact_id = any (people))
      limit 25
    )
  ), word_hits as (
    (
      select k.id as contact_id, 8 as rank, 'name' as kind, null::text as found
      from public.contacts k
      where k.workspace_id = tenant and k.name is not null and private.fold_name(k.name) like patterns[1]
        and private.fold_name(k.name) like coalesce(patterns[2], patterns[1])
        and private.fold_name(k.name) like coalesce(patterns[3], patterns[1])
        and private.fold_name(k.name) like all (patterns) and (people is null or k.id = any (people))
        and (select count(*) from strict_hits) < search_contacts.page_size
      limit 25
    ) union all (
      select i.contact_id, 9, 'name', null
      from public.contact_identities i
      where i.workspace_id = tenant
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like patterns[1]
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like coalesce(patterns[2], patterns[1])
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like coalesce(patterns[3], patterns[1])
        and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) like all (patterns)
        and (people is null or i.contact_id = any (people))
        and (select count(*) from strict_hits) < search_contacts.page_size
      limit 25
    )
  ), alike_contacts as (
    select k.id as contact_id, 10 as rank, 'name' as kind, null::text as found
    from public.contacts k
    where k.workspace_id = tenant and k.name is not null and patterns is not null
      and private.fold_name(k.name) operator(extensions.%>) folded and (people is null or k.id = any (people))
      and not exists (select from strict_hits) and not exists (select from word_hits)
    limit 200
  ), alike_identities as (
    select i.contact_id, 10, 'name', null
    from public.contact_identities i
    where i.workspace_id = tenant and patterns is not null
      and private.fold_name(coalesce(i.profile_name, '') || ' ' || coalesce(i.username, '')) operator(extensions.%>) folded
      and (people is null or i.contact_id = any (people))
      and not exists (select from strict_hits) and not exists (select from word_hits)
      and not exists (select from alike_contacts)
    limit 200
  ), best as (
    select distinct on (k.root_id) k.root_id, h.rank, h.kind, h.found
    from (
      select * from strict_hits union all select * from word_hits union all select * from alike_contacts
      union all select * from alike_identities
    ) h
    join public.contacts k on k.workspace_id = tenant and k.id = h.contact_id
    order by k.root_id, h.rank
  )
  select k.id, thread.id, coalesce(k.name, who.profile_name), coalesce(who.phone, '@' || who.username),
    best.kind, best.found
  from best
  join public.contacts k on k.workspace_id = tenant and k.id = best.root_id
  left join lateral (
    select c.id, c.last_activity_at, c.identity_id
    from public.contacts j
    join public.contact_identities i on i.workspace_id = j.workspace_id and i.contact_id = j.id
    join public.conversations c on c.workspace_id = i.workspace_id and c.identity_id = i.id
    where j.workspace_id = tenant and j.root_id = k.id and c.is_root
      and (sight is null or c.id = any (sight))
    order by c.last_activity_at desc, c.id desc
    limit 1
  ) thread on true
  left join lateral (
    select i.profile_name, i.phone, i.username
    from public.contacts j
    join public.contact_identities i on i.workspace_id = j.workspace_id and i.contact_id = j.id
    where j.workspace_id = tenant and j.root_id = k.id
    order by i.id = thread.identity_id desc nulls last, i.phone is null, i.id
    limit 1
  ) who on true
  where sight is null or thread.id is not null
  order by best.rank,
    case when best.rank = 10
      then - extensions.word_similarity(folded, private.fold_name(coalesce(k.name, who.profile_name))) else 0 end,
    thread.last_activity_at desc nulls last, k.id
  limit search_contacts.page_size;
end
$$;

-- Messages that hold every word, the newest first, those before a moment and id. Looks through the newest ones first: a
-- word that many messages hold is found there at once, while its index would name them all. stems are what the words
-- may look like in a message.
-- Errors: 42501 for who does not belong to the workspace.
create function private.search_messages(
  workspace_id uuid, words text, before_at timestamptz, before_id uuid, page_size integer
) returns table (
  message_id uuid, conversation_id uuid, contact_name text, address text, body text,
  direction public.message_direction, occurred_at timestamptz, stems text[]
)
language plpgsql stable security definer
set search_path = ''
as $$
#variable_conflict use_column
declare
  tenant uuid := search_messages.workspace_id;
  sight uuid[] := private.list_sight(tenant);
  said text[] := (string_to_array(btrim(private.fold_words(left(search_messages.words, 300))), ' '))[1:10];
  wanted tsquery := private.make_search_query(said);
  until_at timestamptz := coalesce(search_messages.before_at, 'infinity');
  until_id uuid := coalesce(search_messages.before_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
  forms text[];
  hits uuid[];
begin
  hits := array(
    select w.message_id
    from (
      select w.message_id, w.conversation_id, w.words, w.occurred_at
      from private.message_words w
      where w.workspace_id = tenant and (w.occurred_at, w.message_id) < (until_at, until_id)
      order by w.occurred_at desc, w.message_id desc
      limit 4000
    ) w
    where w.words @@ wanted and (sight is null or w.conversation_id = any (sight))
    order by w.occurred_at desc, w.message_id desc
    limit search_messages.page_size
  );
  if cardinality(hits) < search_messages.page_size then
    hits := array(
      with every_hit as materialized (
        select w.message_id, w.occurred_at
        from private.message_words w
        where w.workspace_id = tenant and w.words @@ wanted and (sight is null or w.conversation_id = any (sight))
      )
      select h.message_id
      from every_hit h
      where (h.occurred_at, h.message_id) < (until_at, until_id)
      order by h.occurred_at desc, h.message_id desc
      limit search_messages.page_size
    );
  end if;
  forms := array(
    select distinct form
    from unnest(said) as word
    cross join lateral unnest(
      array[word] || ts_lexize('pg_catalog.indonesian_stem', word) || ts_lexize('pg_catalog.english_stem', word)
    ) as form
  );
  return query
  select m.id, c.root_id, coalesce(k.name, i.profile_name), coalesce(i.phone, '@' || i.username), m.text, m.direction,
    m.occurred_at::timestamptz, forms
  from unnest(hits) as hit
  join public.messages m on m.workspace_id = tenant and m.id = hit
  join public.conversations c on c.workspace_id = tenant and c.id = m.conversation_id
  join public.contact_identities own on own.workspace_id = tenant and own.id = c.identity_id
  join public.contact_identities i on i.workspace_id = tenant and i.id = own.root_id
  join public.contacts kept on kept.workspace_id = tenant and kept.id = i.contact_id
  join public.contacts k on k.workspace_id = tenant and k.id = kept.root_id
  order by m.occurred_at desc, m.id desc;
end
$$;

grant execute on function private.search_contacts(uuid, text[], text[], text, text, text, integer) to my21_member;
grant execute on function private.search_messages(uuid, text, timestamptz, uuid, integer) to my21_member;
