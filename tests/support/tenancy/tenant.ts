import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type pg from 'pg'
import { recoveryAnswerContext } from '../../../src/lib/server/recovery/recovery-answer.ts'
import { createSealer } from '../../../src/lib/server/secrets/sealing.ts'
import { encryptionKeys } from '../workspace.ts'

/** What a recovery run shows once, as the pages open it. */
const sealAnswer = ({ workspaceId, recoveryRunId }: Tenant): Buffer =>
  createSealer(encryptionKeys).seal(
    JSON.stringify({ secret: 'shown once' }),
    recoveryAnswerContext(workspaceId, recoveryRunId),
  )

export type RoleName = 'owner' | 'admin' | 'agent'

/** A workspace with one row at least in every table that holds tenants' data. */
export interface Tenant {
  workspaceId: string
  /** User ids. `ownOnly` and `teamOnly` are agents who see what is theirs, and the other team's: none of the rows below. */
  people: Record<RoleName | 'removed' | 'ownOnly' | 'teamOnly', string>
  channelId: string
  endpointId: string
  /** Of the team and the agent. */
  conversationId: string
  clientReference: string
  messageId: string
  contactId: string
  identityId: string
  fileId: string
  /** A field of contacts that the workspace made. */
  fieldId: string
  /** The team of the agent, and that of those who see less. */
  teamId: string
  otherTeamId: string
  webhookEventId: number
  replayId: string
  /** Imports of contacts: one that waits for the rest of its file, one that was checked, one that was applied. */
  imports: Record<'draft' | 'checked' | 'applied', string>
  /** A recovery run that was planned. */
  recoveryRunId: string
  invitationId: string
  findingId: string
  candidateId: string
  /** A contact that nobody wrote to, a merge of another into the first, and a proposal to merge the two. */
  otherContactId: string
  mergeId: string
  proposalId: string
  /** A proposal to merge two threads that are one by now. */
  threadProposalId: string
  /** What stands in each table, by qualified name, as JSON of whole rows. */
  rows: Map<string, Record<string, unknown>[]>
}

type Values = Record<string, unknown>
type Seed = (tenant: Tenant, ids: Ids) => Values | Values[]

/** Ids that rows refer to each other by. */
interface Ids {
  deliveryId: string
  eventId: number
  contactId: string
  identityId: string
  /** A message with a file. */
  pictureId: string
  /** A contact with identity and thread that was joined to the first. */
  loserContactId: string
  mergedContactId: string
  loserIdentityId: string
  loserConversationId: string
  labelId: string
  /** Keeps what must be unique across workspaces apart. */
  mark: string
}

/**
 * One entry per table with tenants' data, in the order of their references. A new table is added here: until then the
 * tenancy tests fail.
 */
export const seeds: Record<string, Seed> = {
  'public.workspaces': (tenant, { mark }) => ({ id: tenant.workspaceId, slug: `shop-${mark}`, name: 'Shop' }),
  'public.workspace_members': (tenant) =>
    Object.entries(tenant.people).map(([name, userId]) => ({
      workspace_id: tenant.workspaceId,
      user_id: userId,
      // Whoever was removed must have lost an owner's rights too.
      role: name === 'removed' ? 'owner' : name.endsWith('Only') ? 'agent' : name,
      visibility: name === 'ownOnly' ? 'own' : name === 'teamOnly' ? 'team' : 'all',
      display_name: name,
      removed_at: name === 'removed' ? '2026-01-01' : null,
    })),
  'public.saved_views': (tenant) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      owner_id: userId,
      name: 'Big orders',
      filter: { view: 'open' },
      sort: 'newest',
    })),
  'public.contact_views': (tenant) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      owner_id: userId,
      name: 'Without an owner',
      query: 'owner=none',
    })),
  'public.channels': (tenant, { mark }) => ({
    id: tenant.channelId,
    workspace_id: tenant.workspaceId,
    name: 'Sales',
    phone_number_id: `number-${mark}`,
    identity_scope: `account:${mark}`,
  }),
  'public.teams': (tenant) => [
    { id: tenant.teamId, workspace_id: tenant.workspaceId, name: 'Sales' },
    { id: tenant.otherTeamId, workspace_id: tenant.workspaceId, name: 'Service' },
  ],
  'public.team_members': (tenant) => [
    { workspace_id: tenant.workspaceId, team_id: tenant.teamId, user_id: tenant.people.agent },
    { workspace_id: tenant.workspaceId, team_id: tenant.otherTeamId, user_id: tenant.people.teamOnly },
    // Whoever sees their own alone gains nothing by a team, not even by that of the conversation.
    { workspace_id: tenant.workspaceId, team_id: tenant.teamId, user_id: tenant.people.ownOnly },
  ],
  'public.team_channels': (tenant) => ({
    workspace_id: tenant.workspaceId,
    team_id: tenant.teamId,
    channel_id: tenant.channelId,
  }),
  'public.workspace_invitations': (tenant) => ({
    id: tenant.invitationId,
    workspace_id: tenant.workspaceId,
    role: 'agent',
    visibility: 'all',
    token_hash: `\\x${randomBytes(32).toString('hex')}`,
    made_by: tenant.people.owner,
  }),
  'public.labels': (tenant, { labelId }) => ({ id: labelId, workspace_id: tenant.workspaceId, name: 'VIP' }),
  'public.webhook_endpoints': (tenant) => ({
    id: tenant.endpointId,
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    name: 'Kapso',
  }),
  'private.webhook_secrets': (tenant) => ({
    workspace_id: tenant.workspaceId,
    endpoint_id: tenant.endpointId,
    sealed: '\\x01',
  }),
  'private.channel_api_keys': (tenant) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    sealed: '\\x01',
  }),
  'public.webhook_deliveries': (tenant, { deliveryId }) => ({
    id: deliveryId,
    workspace_id: tenant.workspaceId,
    endpoint_id: tenant.endpointId,
    body: '\\x7b7d',
  }),
  'public.webhook_events': (tenant, { deliveryId, eventId }) => ({
    id: eventId,
    workspace_id: tenant.workspaceId,
    event_id: 'event',
    delivery_id: deliveryId,
    item_index: 0,
    name: 'whatsapp.message.received',
    subject_key: 1,
    // Of a kind that an admin may set going again or aside.
    status: 'failed',
  }),
  'public.webhook_duplicates': (tenant) => ({
    workspace_id: tenant.workspaceId,
    event_name: 'whatsapp.message.received',
    hour: '2026-01-01',
    duplicates: 1,
  }),
  'public.sync_failures': (tenant, { eventId }) => ({
    workspace_id: tenant.workspaceId,
    webhook_event_id: eventId,
    cause: 'cause',
    attempts: 1,
  }),
  'public.replays': (tenant) => ({
    id: tenant.replayId,
    workspace_id: tenant.workspaceId,
    requested_by: tenant.people.admin,
    selection: { eventIds: [1] },
    state: 'checked',
  }),
  'public.sync_health': (tenant) => ({
    id: tenant.findingId,
    workspace_id: tenant.workspaceId,
    // Of a kind that an admin may have repaired.
    kind: 'missing_message',
    subject_id: tenant.channelId,
  }),
  'public.webhook_hours': (tenant) => ({
    workspace_id: tenant.workspaceId,
    endpoint_id: tenant.endpointId,
    hour: '2026-01-01',
    deliveries: 1,
    items: 1,
    processed: 1,
    ignored: 0,
    quarantined: 0,
    failed: 0,
    last_received_at: '2026-01-01',
  }),
  'public.webhook_refusals': (tenant) => ({
    workspace_id: tenant.workspaceId,
    endpoint_id: tenant.endpointId,
    hour: '2026-01-01',
    wrong_signatures: 1,
    not_stored: 0,
  }),
  'public.webhook_settings': (tenant) => ({
    workspace_id: tenant.workspaceId,
    duplicates_factor: 5,
    silence_hours: 3,
    wrong_signatures_per_hour: 20,
    unattended_minutes: 15,
    body_days: 30,
  }),
  'public.alarms': (tenant) => ({
    workspace_id: tenant.workspaceId,
    kind: 'silence',
    subject_id: tenant.endpointId,
  }),
  'private.body_marks': (tenant) => ({ workspace_id: tenant.workspaceId, dropped_until: '2026-01-01' }),
  'private.kept_bodies': (tenant, { deliveryId }) => ({
    workspace_id: tenant.workspaceId,
    delivery_id: deliveryId,
  }),
  'public.contacts': (tenant, { contactId, loserContactId, mergedContactId }) => [
    { id: contactId, workspace_id: tenant.workspaceId, root_id: contactId },
    { id: loserContactId, workspace_id: tenant.workspaceId, root_id: contactId },
    { id: mergedContactId, workspace_id: tenant.workspaceId, root_id: contactId },
    { id: tenant.otherContactId, workspace_id: tenant.workspaceId, root_id: tenant.otherContactId },
  ],
  'public.contact_field_definitions': (tenant) => ({
    id: tenant.fieldId,
    workspace_id: tenant.workspaceId,
    label: 'City',
    kind: 'text',
  }),
  // Its line in the history is written by a trigger.
  'public.contact_field_values': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    field_id: tenant.fieldId,
    value: 'Bandung',
    source: 'staff',
    as_of: '2026-01-01',
  }),
  'public.contact_changes': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    field: 'name',
    new_value: 'Sari',
    source: 'staff',
  }),
  'public.contact_blocks': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    level: 'mute',
  }),
  'public.contact_opt_outs': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    reason: 'Told us by phone',
  }),
  'public.contact_labels': (tenant, { contactId, labelId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    label_id: labelId,
  }),
  'public.contact_notes': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    author_id: tenant.people.agent,
    client_reference: '00000000-0000-4000-8000-000000000001',
    body: 'Met at the fair',
  }),
  'public.contact_identities': (tenant, { contactId, identityId, loserContactId, loserIdentityId }) => [
    {
      id: identityId,
      workspace_id: tenant.workspaceId,
      contact_id: contactId,
      root_id: identityId,
      first_seen_at: '2026-01-01',
      phone_normalized: '+12025550123',
    },
    {
      id: loserIdentityId,
      workspace_id: tenant.workspaceId,
      contact_id: loserContactId,
      root_id: identityId,
      first_seen_at: '2026-01-01',
    },
  ],
  'public.identity_joins': (tenant, { identityId, loserIdentityId }) => ({
    workspace_id: tenant.workspaceId,
    loser_id: loserIdentityId,
    survivor_id: identityId,
    source: 'ingest',
    reason: 'phone_and_id',
  }),
  'public.contact_joins': (tenant, { contactId, loserContactId, mergedContactId }) => [
    {
      workspace_id: tenant.workspaceId,
      loser_id: loserContactId,
      survivor_id: contactId,
      source: 'ingest',
      reason: 'identities_joined',
      choices: {},
    },
    {
      workspace_id: tenant.workspaceId,
      loser_id: mergedContactId,
      survivor_id: contactId,
      source: 'staff',
      reason: 'The same person',
      merge_id: tenant.mergeId,
      made_by: tenant.people.owner,
      choices: {},
    },
  ],
  'public.contact_chosen_values': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    field: 'name',
    value: 'Sari',
    source: 'staff',
  }),
  'private.contact_own_words': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    field: 'email',
    spoken_at: '2026-01-01',
  }),
  'public.merge_proposals': (tenant, { contactId }) => ({
    id: tenant.proposalId,
    workspace_id: tenant.workspaceId,
    contact_ids: [contactId, tenant.otherContactId],
    survivor_id: contactId,
    choices: {},
    plan_hash: '0'.repeat(64),
    reason: 'The same person',
    proposer_id: tenant.people.owner,
  }),
  'public.duplicate_candidates': (tenant, { contactId, loserContactId }) => ({
    id: tenant.candidateId,
    workspace_id: tenant.workspaceId,
    left_id: contactId,
    right_id: loserContactId,
    score: 12,
    verdict: 'same',
    evidence: [],
    counter_evidence: [],
  }),
  'private.duplicate_keys': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
    keys: '{1}',
    terms: '{1}',
    version: 1,
  }),
  'private.duplicate_terms': (tenant) => ({ workspace_id: tenant.workspaceId, term: 1, holders: 1 }),
  'private.duplicate_marks': (tenant) => ({ workspace_id: tenant.workspaceId, contacts: 1 }),
  'private.changed_contacts': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    contact_id: contactId,
  }),
  'public.contact_imports': (tenant) =>
    (['draft', 'checked', 'applied'] as const).map((state) => ({
      id: tenant.imports[state],
      workspace_id: tenant.workspaceId,
      file_name: 'contacts.csv',
      byte_size: state === 'draft' ? 100 : 15,
      state,
      made_by: tenant.people.owner,
      applied_at: state === 'applied' ? '2026-01-01' : null,
    })),
  'public.contact_import_parts': (tenant) =>
    (['draft', 'checked'] as const).map((state) => ({
      workspace_id: tenant.workspaceId,
      import_id: tenant.imports[state],
      place: 0,
      bytes: `\\x${Buffer.from('name,phone\nBudi').toString('hex')}`,
    })),
  'public.contact_import_rows': (tenant) => ({
    workspace_id: tenant.workspaceId,
    import_id: tenant.imports.checked,
    place: 1,
    line: 2,
    cells: ['Budi'],
    verdict: 'new',
    change: { name: 'Budi' },
  }),
  'public.recovery_runs': (tenant) => ({
    id: tenant.recoveryRunId,
    workspace_id: tenant.workspaceId,
    kind: 'merge_same_number',
    reason: 'A new library',
    state: 'planned',
    has_answer: true,
    made_by: tenant.people.owner,
    asked_by: tenant.people.owner,
  }),
  'public.recovery_run_items': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    run_id: tenant.recoveryRunId,
    place: 1,
    subject: contactId,
    before: {},
    after: {},
    why: 'same_number',
    contact_id: contactId,
  }),
  'private.recovery_links': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    run_id: tenant.recoveryRunId,
    link: '+6281200000001',
    contact_id: contactId,
  }),
  'private.recovery_answers': (tenant) => ({
    workspace_id: tenant.workspaceId,
    run_id: tenant.recoveryRunId,
    sealed: `\\x${sealAnswer(tenant).toString('hex')}`,
  }),
  'private.retractions': (tenant) => ({
    workspace_id: tenant.workspaceId,
    run_id: tenant.recoveryRunId,
    step: 1,
    webhook_event_ids: [1],
  }),
  'private.retracted_rows': (tenant) => ({
    workspace_id: tenant.workspaceId,
    run_id: tenant.recoveryRunId,
    step: 1,
    place: 1,
    table_name: 'messages',
    row_id: tenant.messageId,
    before: {},
  }),
  'private.held_sightings': (tenant) => ({
    workspace_id: tenant.workspaceId,
    seen_at: '2026-01-01',
    phone_normalized: '+12025550125',
  }),
  'public.business_scoped_ids': (tenant, { identityId }) => ({
    workspace_id: tenant.workspaceId,
    identity_id: identityId,
    scope: 'account',
    value: 'value',
    first_seen_at: '2026-01-01',
  }),
  'public.identity_phones': (tenant, { identityId }) => ({
    workspace_id: tenant.workspaceId,
    identity_id: identityId,
    phone_normalized: '+12025550124',
    first_seen_at: '2026-01-01',
    last_seen_at: '2026-01-01',
  }),
  'public.conversations': (tenant, { identityId, loserIdentityId, loserConversationId }) => [
    {
      id: tenant.conversationId,
      workspace_id: tenant.workspaceId,
      channel_id: tenant.channelId,
      identity_id: identityId,
      root_id: tenant.conversationId,
      last_activity_at: '2026-01-01',
      last_inbound_at: new Date().toISOString(),
      assignee_id: tenant.people.agent,
      team_id: tenant.teamId,
    },
    {
      id: loserConversationId,
      workspace_id: tenant.workspaceId,
      channel_id: tenant.channelId,
      identity_id: loserIdentityId,
      root_id: tenant.conversationId,
      last_activity_at: '2026-01-01',
    },
  ],
  'public.conversation_events': (tenant) => ({
    workspace_id: tenant.workspaceId,
    conversation_id: tenant.conversationId,
    kind: 'assigned',
  }),
  'public.conversation_notes': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    conversation_id: tenant.conversationId,
    author_id: tenant.people.agent,
    // Any id will do.
    client_reference: contactId,
    body: 'Note',
  }),
  'private.conversation_departures': (tenant) => ({
    workspace_id: tenant.workspaceId,
    conversation_id: tenant.conversationId,
    viewer_id: tenant.people.agent,
  }),
  'public.templates': (tenant) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    name: 'hello',
    language: 'en',
    category: 'utility',
    status: 'approved',
    components: [],
  }),
  'private.uploads': (tenant) => ({
    workspace_id: tenant.workspaceId,
    author_id: tenant.people.agent,
    kind: 'image',
    file_name: 'a.jpg',
    mime_type: 'image/jpeg',
    byte_size: 1,
  }),
  'private.customer_signals': (tenant) => ({
    workspace_id: tenant.workspaceId,
    conversation_id: tenant.conversationId,
    read_wamid: 'wamid',
  }),
  'public.drafts': (tenant) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      conversation_id: tenant.conversationId,
      user_id: userId,
      text: 'Hello',
      written_at: '2026-01-01',
    })),
  'public.saved_replies': (tenant) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      owner_id: userId,
      shortcut: 'hello',
      title: 'Greeting',
      versions: [{ language: 'en', text: 'Good morning' }],
    })),
  'public.conversation_joins': (tenant, { loserConversationId }) => ({
    workspace_id: tenant.workspaceId,
    loser_id: loserConversationId,
    survivor_id: tenant.conversationId,
    source: 'ingest',
    reason: 'identities_joined',
  }),
  'public.conversation_splits': (tenant, { loserConversationId }) => ({
    // Any id will do.
    id: tenant.conversationId,
    workspace_id: tenant.workspaceId,
    origin_id: tenant.conversationId,
    part_id: loserConversationId,
    part_ids: [loserConversationId],
    selection: { before: '2026-01-01T00:00:00Z' },
    message_count: 1,
    reason: 'Two matters',
  }),
  'public.thread_proposals': (tenant, { loserConversationId }) => ({
    id: tenant.threadProposalId,
    workspace_id: tenant.workspaceId,
    survivor_id: tenant.conversationId,
    other_id: loserConversationId,
    plan_hash: '0'.repeat(64),
    reason: 'One person',
    proposer_id: tenant.people.owner,
  }),
  'public.kapso_conversations': (tenant) => ({
    workspace_id: tenant.workspaceId,
    kapso_conversation_id: 'session',
    conversation_id: tenant.conversationId,
    first_seen_at: '2026-01-01',
  }),
  'public.notifications': (tenant, { contactId }) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      user_id: userId,
      kind: 'mention',
      conversation_id: tenant.conversationId,
      // Any id will do.
      cause_id: contactId,
    })),
  'public.notification_settings': (tenant) =>
    Object.values(tenant.people).map((userId) => ({ workspace_id: tenant.workspaceId, user_id: userId })),
  'public.conversation_reads': (tenant) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      conversation_id: tenant.conversationId,
      user_id: userId,
      read_count: 0,
    })),
  'public.messages': (tenant, { loserConversationId, pictureId }) => [
    {
      id: tenant.messageId,
      workspace_id: tenant.workspaceId,
      conversation_id: tenant.conversationId,
      channel_id: tenant.channelId,
      wamid: 'wamid',
      direction: 'outbound',
      origin: 'my21staff',
      type: 'text',
      text: 'Hello',
      occurred_at: '2026-01-01',
      author_id: tenant.people.agent,
      client_reference: tenant.clientReference,
    },
    {
      id: pictureId,
      workspace_id: tenant.workspaceId,
      conversation_id: loserConversationId,
      channel_id: tenant.channelId,
      direction: 'inbound',
      origin: 'cloud_api',
      type: 'image',
      occurred_at: '2026-01-01',
    },
  ],
  // The other message has its row by a trigger.
  'private.conversation_split_messages': (tenant) => ({
    workspace_id: tenant.workspaceId,
    split_id: tenant.conversationId,
    message_id: tenant.messageId,
    from_id: tenant.conversationId,
  }),
  'public.push_subscriptions': (tenant) =>
    Object.values(tenant.people).map((userId) => ({
      workspace_id: tenant.workspaceId,
      user_id: userId,
      endpoint: `https://push.example.com/${userId}`,
      p256dh: 'key',
      auth: 'secret',
    })),
  'private.due_pushes': (tenant) => ({ workspace_id: tenant.workspaceId, message_id: tenant.messageId }),
  'private.message_words': (tenant, { loserConversationId, pictureId }) => ({
    workspace_id: tenant.workspaceId,
    message_id: pictureId,
    conversation_id: loserConversationId,
    occurred_at: '2026-01-01',
    words: `'hello'`,
  }),
  'public.message_removals': (tenant, { contactId }) => ({
    workspace_id: tenant.workspaceId,
    conversation_id: tenant.conversationId,
    // Any id will do: the message is gone.
    message_id: contactId,
  }),
  'public.message_statuses': (tenant) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    wamid: 'wamid',
    status: 'sent',
    occurred_at: '2026-01-01',
  }),
  'public.media_files': (tenant) => ({
    id: tenant.fileId,
    workspace_id: tenant.workspaceId,
    sha256: '0'.repeat(64),
    byte_size: 1,
    mime_type: 'image/png',
    storage_path: 'path',
  }),
  'public.message_media': (tenant, { eventId, pictureId }) => [
    // One that a member may ask for again.
    {
      workspace_id: tenant.workspaceId,
      message_id: tenant.messageId,
      kind: 'image',
      state: 'failed',
      // Long enough ago to ask again.
      due_at: '2026-01-01',
      webhook_event_id: eventId,
    },
    {
      workspace_id: tenant.workspaceId,
      message_id: pictureId,
      kind: 'image',
      state: 'stored',
      file_id: tenant.fileId,
      webhook_event_id: eventId,
    },
  ],
  'public.message_reactions': (tenant) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    target_wamid: 'wamid',
    direction: 'inbound',
    emoji: '👍',
    occurred_at: '2026-01-01',
    wamid: 'wamid-of-reaction',
  }),
  'public.marketing_preferences': (tenant, { identityId }) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    identity_id: identityId,
    status: 'stopped',
    sequence: 1,
    occurred_at: '2026-01-01',
  }),
  'public.channel_events': (tenant, { eventId }) => ({
    workspace_id: tenant.workspaceId,
    channel_id: tenant.channelId,
    name: 'whatsapp.phone_number.disconnected',
    occurred_at: '2026-01-01',
    webhook_event_id: eventId,
  }),
  'public.workflow_executions': (tenant) => ({
    workspace_id: tenant.workspaceId,
    kapso_execution_id: 'execution',
    kapso_conversation_id: 'session',
    status: 'handoff',
    occurred_at: '2026-01-01',
  }),
  'public.workflow_execution_events': (tenant, { eventId }) => ({
    workspace_id: tenant.workspaceId,
    kapso_execution_id: 'execution',
    status: 'handoff',
    occurred_at: '2026-01-01',
    webhook_event_id: eventId,
  }),
}

/** Builds a tenant as a superuser. */
export async function buildTenant(admin: pg.ClientBase): Promise<Tenant> {
  const tenant: Tenant = {
    workspaceId: randomUUID(),
    people: {
      owner: randomUUID(),
      admin: randomUUID(),
      agent: randomUUID(),
      removed: randomUUID(),
      ownOnly: randomUUID(),
      teamOnly: randomUUID(),
    },
    channelId: randomUUID(),
    endpointId: randomUUID(),
    conversationId: randomUUID(),
    clientReference: randomUUID(),
    messageId: randomUUID(),
    contactId: randomUUID(),
    identityId: randomUUID(),
    fileId: randomUUID(),
    fieldId: randomUUID(),
    teamId: randomUUID(),
    otherTeamId: randomUUID(),
    webhookEventId: randomBytes(4).readUInt32BE(),
    replayId: randomUUID(),
    imports: { draft: randomUUID(), checked: randomUUID(), applied: randomUUID() },
    recoveryRunId: randomUUID(),
    invitationId: randomUUID(),
    findingId: randomUUID(),
    candidateId: randomUUID(),
    otherContactId: randomUUID(),
    mergeId: randomUUID(),
    proposalId: randomUUID(),
    threadProposalId: randomUUID(),
    rows: new Map(),
  }
  const ids: Ids = {
    deliveryId: randomUUID(),
    eventId: tenant.webhookEventId,
    contactId: tenant.contactId,
    identityId: tenant.identityId,
    pictureId: randomUUID(),
    loserContactId: randomUUID(),
    mergedContactId: randomUUID(),
    loserIdentityId: randomUUID(),
    loserConversationId: randomUUID(),
    labelId: randomUUID(),
    mark: randomBytes(6).toString('hex'),
  }
  for (const userId of Object.values(tenant.people)) {
    await admin.query('insert into auth.users (id, email) values ($1, $2)', [userId, `${userId}@example.com`])
  }
  for (const [table, seed] of Object.entries(seeds)) {
    tenant.rows.set(table, [])
    for (const values of [seed(tenant, ids)].flat()) await insertRow(admin, table, values)
  }
  for (const table of Object.keys(seeds)) tenant.rows.set(table, await readRows(admin, table, tenant))
  return tenant
}

async function insertRow(admin: pg.ClientBase, table: string, values: Values): Promise<void> {
  const columns = Object.keys(values).join(', ')
  const text = `insert into ${table} (${columns}) overriding system value
     select ${columns} from jsonb_populate_record(null::${table}, $1)`
  // Planned once for all tenants of a connection.
  await admin.query({ name: nameOf(text), text, values: [JSON.stringify(values)] })
}

async function readRows(admin: pg.ClientBase, table: string, tenant: Tenant) {
  const text = `select to_jsonb(t) as row from ${table} t where t.${tenantColumnOf(table)} = $1`
  const { rows } = await admin.query<{ row: Values }>({
    name: nameOf(text),
    text,
    values: [tenant.workspaceId],
  })
  return rows.map(({ row }) => row)
}

/** Postgres cuts names at 63 letters. */
const nameOf = (text: string) => createHash('sha1').update(text).digest('hex')

/** The column that says whose a row is. */
export function tenantColumnOf(table: string): string {
  return table === 'public.workspaces' ? 'id' : 'workspace_id'
}
