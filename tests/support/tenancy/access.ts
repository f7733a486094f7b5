import type { Actor } from './actors.ts'
import type { Tenant } from './tenant.ts'

/** Who may: every live member of the workspace, those who administer it, its owners, or nobody at all. */
export type Level = 'member' | 'admin' | 'owner' | 'nobody'

/** What members may do with the rows of their workspace in one table. What is not named, nobody may. */
export interface TableAccess {
  select: Level
  /** Columns that nobody may read. */
  hidden?: string[]
  insert?: { level: Level; columns: string[] }
  update?: {
    level: Level
    columns: string[]
    /** What the probe writes, as SQL, where the same value in all rows would break a rule of the table. */
    value?: string
  }
  delete?: { level: Level }
  /** Only rows that name oneself in this column. */
  own?: string
  /** Rows tell of a conversation or of its people: only for those who see it. */
  ofConversations?: true
}

const readByMembers: TableAccess = { select: 'member' }
const readByThoseWhoSee: TableAccess = { select: 'member', ofConversations: true }
const readByAdmins: TableAccess = { select: 'admin' }
const outOfReach: TableAccess = { select: 'nobody' }

const webhookSettings = [
  'duplicates_factor',
  'silence_hours',
  'wrong_signatures_per_hour',
  'unattended_minutes',
  'body_days',
]

const savedReplyFields = [
  'shortcut',
  'title',
  'versions',
  'upload_id',
  'file_name',
  'file_mime_type',
  'file_byte_size',
]

const notificationSettings = [
  'new_messages',
  'mentions',
  'assignments',
  'quiet_from',
  'quiet_until',
  'shows_words',
]

/** Every table of ours with tenants' data. A new table is added here on purpose: until then the tenancy tests fail. */
export const tableAccess: Record<string, TableAccess> = {
  'public.workspaces': {
    select: 'member',
    update: {
      level: 'admin',
      columns: [
        'name',
        'time_zone',
        'default_country',
        'business_hours',
        'away_message',
        'assigns_by_turns',
        'read_receipts',
        'shows_typing',
      ],
    },
  },
  'public.workspace_members': readByMembers,
  'public.teams': {
    select: 'member',
    insert: { level: 'admin', columns: ['workspace_id', 'name'] },
    update: { level: 'admin', columns: ['name'], value: 'gen_random_uuid()::text' },
    delete: { level: 'admin' },
  },
  'public.team_members': {
    select: 'member',
    insert: { level: 'admin', columns: ['workspace_id', 'team_id', 'user_id'] },
    delete: { level: 'admin' },
  },
  'public.team_channels': {
    select: 'member',
    insert: { level: 'admin', columns: ['workspace_id', 'team_id', 'channel_id'] },
    delete: { level: 'admin' },
  },
  'public.labels': {
    select: 'member',
    insert: { level: 'admin', columns: ['workspace_id', 'name', 'colour'] },
    update: { level: 'admin', columns: ['name', 'colour'] },
    delete: { level: 'admin' },
  },
  'public.channels': {
    select: 'member',
    update: { level: 'admin', columns: ['name', 'compares_lists', 'compare_days'] },
  },
  'public.webhook_endpoints': readByAdmins,
  'private.webhook_secrets': outOfReach,
  'private.channel_api_keys': outOfReach,
  'public.webhook_deliveries': { select: 'admin', hidden: ['body'] },
  'public.webhook_events': readByAdmins,
  'public.webhook_duplicates': readByAdmins,
  'public.sync_failures': readByAdmins,
  'public.replays': readByAdmins,
  'public.sync_health': readByAdmins,
  'public.webhook_hours': readByAdmins,
  'public.webhook_refusals': readByAdmins,
  'public.webhook_settings': {
    select: 'admin',
    insert: { level: 'admin', columns: ['workspace_id', ...webhookSettings] },
    update: { level: 'admin', columns: webhookSettings },
  },
  'public.alarms': readByAdmins,
  'private.body_marks': outOfReach,
  'private.kept_bodies': outOfReach,
  'public.contacts': readByThoseWhoSee,
  'public.contact_identities': readByThoseWhoSee,
  'public.business_scoped_ids': readByThoseWhoSee,
  'public.identity_phones': readByThoseWhoSee,
  'public.contact_field_definitions': readByMembers,
  'public.contact_field_values': readByThoseWhoSee,
  'public.contact_changes': readByThoseWhoSee,
  'public.contact_blocks': readByThoseWhoSee,
  'public.contact_opt_outs': readByThoseWhoSee,
  'public.contact_labels': readByThoseWhoSee,
  'public.contact_notes': readByThoseWhoSee,
  'public.identity_joins': readByThoseWhoSee,
  'public.contact_joins': readByThoseWhoSee,
  'public.contact_chosen_values': readByThoseWhoSee,
  'private.contact_own_words': outOfReach,
  'public.merge_proposals': readByAdmins,
  'public.thread_proposals': readByAdmins,
  'public.conversation_joins': readByThoseWhoSee,
  'public.conversation_splits': readByThoseWhoSee,
  'private.conversation_split_messages': outOfReach,
  'public.workspace_invitations': { select: 'admin', hidden: ['token_hash'] },
  'public.contact_imports': readByAdmins,
  'public.contact_import_parts': readByAdmins,
  'public.contact_import_rows': readByAdmins,
  'public.recovery_runs': readByAdmins,
  'public.recovery_run_items': readByAdmins,
  'private.recovery_links': outOfReach,
  'private.recovery_answers': outOfReach,
  'private.retractions': outOfReach,
  'private.retracted_rows': outOfReach,
  'private.held_sightings': outOfReach,
  'public.duplicate_candidates': readByThoseWhoSee,
  'private.duplicate_keys': outOfReach,
  'private.duplicate_terms': outOfReach,
  'private.duplicate_marks': outOfReach,
  'private.changed_contacts': outOfReach,
  'private.message_words': outOfReach,
  'public.conversations': readByThoseWhoSee,
  'public.kapso_conversations': readByThoseWhoSee,
  'public.conversation_events': readByThoseWhoSee,
  'public.conversation_notes': readByThoseWhoSee,
  'private.conversation_departures': outOfReach,
  'public.conversation_reads': {
    select: 'member',
    own: 'user_id',
    ofConversations: true,
    insert: {
      level: 'member',
      columns: ['workspace_id', 'conversation_id', 'user_id', 'read_count', 'read_at', 'changed_xid'],
    },
    update: {
      level: 'member',
      columns: ['workspace_id', 'conversation_id', 'user_id', 'read_count', 'read_at', 'changed_xid'],
    },
  },
  // One's own; of the shared ones inbox-lists.test.ts speaks.
  'public.saved_views': {
    select: 'member',
    own: 'owner_id',
    insert: { level: 'member', columns: ['workspace_id', 'owner_id', 'name', 'filter', 'sort', 'is_shared'] },
    update: { level: 'member', columns: ['name', 'filter', 'sort', 'is_shared'] },
    delete: { level: 'member' },
  },
  'public.contact_views': {
    select: 'member',
    own: 'owner_id',
    insert: { level: 'member', columns: ['workspace_id', 'owner_id', 'name', 'query', 'is_shared'] },
    update: { level: 'member', columns: ['name', 'query', 'is_shared'] },
    delete: { level: 'member' },
  },
  'private.uploads': outOfReach,
  'private.customer_signals': outOfReach,
  'public.templates': readByMembers,
  'public.drafts': { select: 'member', own: 'user_id', delete: { level: 'member' } },
  // One's own; of the team's composer-media.test.ts speaks.
  'public.saved_replies': {
    select: 'member',
    own: 'owner_id',
    insert: { level: 'member', columns: ['workspace_id', 'owner_id', ...savedReplyFields] },
    update: { level: 'member', columns: ['owner_id', ...savedReplyFields] },
    delete: { level: 'member' },
  },
  'public.notifications': {
    select: 'member',
    own: 'user_id',
    update: { level: 'member', columns: ['read_at'] },
  },
  'public.notification_settings': {
    select: 'member',
    own: 'user_id',
    insert: { level: 'member', columns: ['workspace_id', 'user_id', ...notificationSettings] },
    update: { level: 'member', columns: ['workspace_id', 'user_id', ...notificationSettings] },
  },
  'public.push_subscriptions': {
    select: 'member',
    own: 'user_id',
    delete: { level: 'member' },
  },
  'private.due_pushes': outOfReach,
  'public.messages': readByThoseWhoSee,
  'public.message_removals': readByThoseWhoSee,
  'public.message_statuses': readByThoseWhoSee,
  'public.message_reactions': readByThoseWhoSee,
  'public.media_files': readByThoseWhoSee,
  'public.message_media': readByThoseWhoSee,
  'public.marketing_preferences': readByThoseWhoSee,
  'public.channel_events': readByAdmins,
  'public.workflow_executions': readByThoseWhoSee,
  'public.workflow_execution_events': readByThoseWhoSee,
}

/** Tables of ours that hold nothing of any tenant. No member reaches them. */
export const installationTables = [
  'private.worker_heartbeats',
  'private.web_heartbeats',
  'private.downtimes',
  'private.task_runs',
  'private.webhook_hour_marks',
]

/** How a member would call a function on somebody's workspace, and who gets anything of it, or does anything to it. */
export interface FunctionAccess {
  level: Level
  /** It tells of a conversation, or does something to it: only for those who see it. */
  ofConversations?: true
  call: (tenant: Tenant) => { expression: string; values: unknown[] }
}

/** Every function that members may call, by signature. */
export const functionAccess: Record<string, FunctionAccess> = {
  // Says who one is oneself.
  'private.my_user_id()': {
    level: 'nobody',
    call: () => ({ expression: 'private.my_user_id()', values: [] }),
  },
  'private.my_workspace_ids()': {
    level: 'member',
    call: () => ({ expression: 'private.my_workspace_ids()', values: [] }),
  },
  'private.my_workspace_ids_as(workspace_role[])': {
    level: 'admin',
    call: () => ({ expression: `private.my_workspace_ids_as('owner', 'admin')`, values: [] }),
  },
  // Makes a workspace of its own and touches no other.
  'private.create_workspace(text,text,text,text)': {
    level: 'nobody',
    call: () => ({ expression: `private.create_workspace('New')`, values: [] }),
  },
  'private.my_unrestricted_workspace_ids()': {
    level: 'member',
    ofConversations: true,
    call: () => ({ expression: 'private.my_unrestricted_workspace_ids()', values: [] }),
  },
  // Says where one does not see everything oneself.
  'private.my_restricted_workspace_ids()': {
    level: 'nobody',
    call: () => ({ expression: '(select count(*) from private.my_restricted_workspace_ids())', values: [] }),
  },
  // Says in which teams one is oneself.
  'private.my_team_ids()': {
    level: 'nobody',
    call: () => ({ expression: 'private.my_team_ids()', values: [] }),
  },
  'private.my_topics(uuid)': {
    level: 'member',
    call: (tenant) => ({ expression: 'private.my_topics($1)', values: [tenant.workspaceId] }),
  },
  'private.has_sight_changed(uuid,xid8)': {
    level: 'member',
    call: (tenant) => ({
      expression: `case when private.has_sight_changed($1, '0') then $1::uuid end`,
      values: [tenant.workspaceId],
    }),
  },
  // Nothing has left the sight of those who try.
  'private.departed_conversations(uuid,xid8)': {
    level: 'nobody',
    call: (tenant) => ({
      expression: `private.departed_conversations($1, '0')`,
      values: [tenant.workspaceId],
    }),
  },
  'private.can_see_conversation(uuid,uuid)': mayISee('conversation', (tenant) => [tenant.conversationId]),
  'private.can_see_message(uuid,uuid)': mayISee('message', (tenant) => [tenant.messageId]),
  'private.can_see_wamid(uuid,uuid,text)': mayISee('wamid', (tenant) => [tenant.channelId, 'wamid']),
  'private.can_see_file(uuid,uuid)': mayISee('file', (tenant) => [tenant.fileId]),
  'private.can_see_contact(uuid,uuid)': mayISee('contact', (tenant) => [tenant.contactId]),
  'private.can_see_identity(uuid,uuid)': mayISee('identity', (tenant) => [tenant.identityId]),
  'private.can_see_workflow_run(uuid,text)': mayISee('workflow_run', () => ['execution']),
  'private.change_member(uuid,uuid,workspace_role,member_visibility,availability,integer,jsonb)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `(select true from private.change_member($1, $2, 'agent', 'own', 'away', 5, null))`,
      values: [tenant.workspaceId, tenant.people.agent],
    }),
  },
  'private.remove_member(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `(select true from private.remove_member($1, $2))`,
      values: [tenant.workspaceId, tenant.people.agent],
    }),
  },
  'private.create_invitation(uuid,workspace_role,member_visibility,text,bytea)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.create_invitation($1, 'agent', 'all', null, sha256(gen_random_uuid()::text::bytea))`,
      values: [tenant.workspaceId],
    }),
  },
  'private.revoke_invitation(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.revoke_invitation($1, $2)',
      values: [tenant.workspaceId, tenant.invitationId],
    }),
  },
  // What they tell, they tell whoever holds the secret.
  'private.read_invitation(bytea)': {
    level: 'nobody',
    call: () => ({ expression: `(select count(*) from private.read_invitation('\\x00'))`, values: [] }),
  },
  'private.accept_invitation(bytea,text)': {
    level: 'nobody',
    call: () => ({
      expression: `(select count(*) from private.accept_invitation('\\x00', 'Name'))`,
      values: [],
    }),
  },
  'private.tell_contacts_apart(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: 'private.tell_contacts_apart($1, $2)',
      values: [tenant.workspaceId, tenant.candidateId],
    }),
  },
  'private.take_back_apart(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: 'case when private.take_back_apart($1, $2) is not null then $1::uuid end',
      values: [tenant.workspaceId, tenant.candidateId],
    }),
  },
  'private.lock_contacts_to_merge(uuid,uuid[])': {
    level: 'admin',
    call: (tenant) => ({
      expression: '(select $1::uuid from private.lock_contacts_to_merge($1, array[$2::uuid]))',
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.merge_contacts(uuid,uuid,uuid[],jsonb,text,text)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.merge_contacts($1, $2, array[$3::uuid], '{}', 'The same person', null)`,
      values: [tenant.workspaceId, tenant.contactId, tenant.otherContactId],
    }),
  },
  'private.undo_contact_merge(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: '(select u.loser_id from private.undo_contact_merge($1, $2) u)',
      values: [tenant.workspaceId, tenant.mergeId],
    }),
  },
  'private.undo_contact_merge(uuid,uuid,jsonb)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `(select u.loser_id from private.undo_contact_merge($1, $2, '{}') u)`,
      values: [tenant.workspaceId, tenant.mergeId],
    }),
  },
  // Reads with the rights of whoever asks, and nothing was changed since the merge.
  'private.list_later_edits(uuid,uuid)': {
    level: 'nobody',
    call: (tenant) => ({
      expression: '(select count(*) from private.list_later_edits($1, $2))',
      values: [tenant.workspaceId, tenant.mergeId],
    }),
  },
  // Reads no table.
  'private.is_field_value(text,text[],text)': {
    level: 'nobody',
    call: () => ({ expression: `private.is_field_value('text', null, 'Jakarta')`, values: [] }),
  },
  'private.lock_my_conversation(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: '(private.lock_my_conversation($1, $2)).id',
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.find_home(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: 'private.find_home($1, $2)',
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.find_address(uuid,uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: 'private.find_address($1, $2, $2)',
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.find_last_inbound(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      // A time comes back, which is no id that the probe looks for.
      expression: 'case when private.find_last_inbound($1, $2) is not null then $2::uuid end',
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.merge_conversations(uuid,uuid[],uuid,text)': {
    level: 'admin',
    call: (tenant) => ({
      // Whoever may merge is told that this is one and the same.
      expression: `private.merge_conversations($1, array[$2]::uuid[], $2, 'The same person')`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.undo_conversation_merge(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      // Whoever may undo is told that there is none.
      expression: 'private.undo_conversation_merge($1, gen_random_uuid())',
      values: [tenant.workspaceId],
    }),
  },
  'private.preview_split(uuid,uuid,jsonb)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `(select case when kept + selected > 0 then $2::uuid end
        from private.preview_split($1, $2, '{"before": "2000-01-01T00:00:00Z"}'))`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.split_conversation(uuid,uuid,jsonb,text)': {
    level: 'admin',
    call: (tenant) => ({
      // Whoever may split is told that nothing would be split off.
      expression: `(select split_id from private.split_conversation(
        $1, $2, '{"before": "2000-01-01T00:00:00Z"}', 'Another matter'))`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.undo_conversation_split(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.undo_conversation_split($1, gen_random_uuid())',
      values: [tenant.workspaceId],
    }),
  },
  'private.hash_thread_plan(uuid,uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      // A hash comes back, which is no id that the probe looks for; of what is not seen it is that of nothing.
      expression: `(select case when private.hash_thread_plan($1, $2, $2) <> encode(sha256(convert_to(jsonb_build_object(
        'survivor', $2::uuid, 'other', $2::uuid, 'threads', null, 'merges', null, 'splits', null)::text, 'UTF8')), 'hex')
        then $2::uuid end)`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.propose_thread_merge(uuid,uuid,uuid,text)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      // Whoever sees it is told that this is one and the same.
      expression: `private.propose_thread_merge($1, $2, $2, 'One person')`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  // Agents take back what they proposed themselves, and nothing else.
  'private.decide_thread_proposal(uuid,uuid,boolean,text)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `case when private.decide_thread_proposal($1, $2, true, null) = 'stale' then $2::uuid end`,
      values: [tenant.workspaceId, tenant.threadProposalId],
    }),
  },
  'private.propose_merge(uuid,uuid[],uuid,jsonb,text,text)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.propose_merge($1, array[$2, $3]::uuid[], $2::uuid, '{}', repeat('0', 64), 'The same person')`,
      values: [tenant.workspaceId, tenant.contactId, tenant.otherContactId],
    }),
  },
  // Agents take back what they proposed themselves, and nothing else.
  'private.lock_merge_proposal(uuid,uuid,boolean)': {
    level: 'admin',
    call: (tenant) => ({
      expression: '(select p.workspace_id from private.lock_merge_proposal($1, $2, true) p)',
      values: [tenant.workspaceId, tenant.proposalId],
    }),
  },
  'private.decide_merge_proposal(uuid,uuid,text,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `case when private.decide_merge_proposal($1, $2, 'rejected', null) then $2::uuid end`,
      values: [tenant.workspaceId, tenant.proposalId],
    }),
  },
  'private.ask_for_duplicates(uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: '(select true from private.ask_for_duplicates($1))',
      values: [tenant.workspaceId],
    }),
  },
  'private.duplicate_search(uuid)': {
    level: 'member',
    call: (tenant) => ({
      expression:
        '(select case when s.is_running is not null then $1::uuid end from private.duplicate_search($1) as s)',
      values: [tenant.workspaceId],
    }),
  },
  'private.change_my_preferences(uuid,jsonb)': {
    level: 'member',
    call: (tenant) => ({
      expression: `private.change_my_preferences($1, '{"density": "compact"}')`,
      values: [tenant.workspaceId],
    }),
  },
  'private.lock_my_contacts(uuid,uuid[],uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      // Contacts come back, which are no ids that the probe looks for: their workspace tells of them.
      expression: `(select $1::uuid from private.lock_my_contacts($1, array[$2]::uuid[], null))`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.edit_contact(uuid,uuid,jsonb)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `(select true from private.edit_contact($1, $2, '{"name": "Sari"}'))`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  // Whoever sees only what is theirs would not see the contact that they made.
  'private.create_contact(uuid,text,text,text,jsonb)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.create_contact($1, '+1 202-555-0177', '+12025550177', 'valid', '{}')`,
      values: [tenant.workspaceId],
    }),
  },
  'private.block_contact(uuid,uuid,text,text,timestamp with time zone)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.block_contact($1, $2, 'mute', null, null)`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.take_back_blocks(uuid,uuid[])': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      // Only what one set oneself is taken back.
      expression: `private.take_back_blocks($1, array[private.block_contact($1, $2, 'mute', null, null)])`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.unblock_contact(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.unblock_contact($1, $2)`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.set_opt_out(uuid,uuid,boolean,text)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.set_opt_out($1, $2, false, null)`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.label_contacts(uuid,uuid[],uuid,boolean)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      // Only of contacts that one sees: for others it does nothing.
      expression: `nullif(private.label_contacts($1, array[$2::uuid], (
        select l.label_id from public.contact_labels l where l.workspace_id = $1 limit 1
      ), false), 0)`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.write_contact_note(uuid,uuid,uuid,text)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.write_contact_note($1, $2, gen_random_uuid(), 'Note')`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.delete_contact_note(uuid,uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.delete_contact_note(
        $1, $2, (private.write_contact_note($1, $2, gen_random_uuid(), 'Note')).id
      )`,
      values: [tenant.workspaceId, tenant.contactId],
    }),
  },
  'private.create_contact_field(uuid,text,text,text[])': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.create_contact_field($1, 'Size', 'number', null)`,
      values: [tenant.workspaceId],
    }),
  },
  'private.change_contact_field(uuid,uuid,text,text[],integer,boolean)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `(select true from private.change_contact_field($1, $2, 'Size', null, null, true))`,
      values: [tenant.workspaceId, tenant.fieldId],
    }),
  },
  'private.create_contact_import(uuid,text,integer)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.create_contact_import($1, 'contacts.csv', 10)`,
      values: [tenant.workspaceId],
    }),
  },
  'private.add_import_part(uuid,uuid,integer,bytea)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.add_import_part($1, $2, 1, 'a')`,
      values: [tenant.workspaceId, tenant.imports.draft],
    }),
  },
  'private.advance_contact_import(uuid,uuid,text,jsonb)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `(select id from private.advance_contact_import($1, $2, 'apply', '[]'))`,
      values: [tenant.workspaceId, tenant.imports.checked],
    }),
  },
  'private.create_recovery_run(uuid,text,jsonb,text)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.create_recovery_run($1, 'merge_same_number', '{}', 'A new library')`,
      values: [tenant.workspaceId],
    }),
  },
  'private.advance_recovery_run(uuid,uuid,text)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `(select id from private.advance_recovery_run($1, $2, 'apply'))`,
      values: [tenant.workspaceId, tenant.recoveryRunId],
    }),
  },
  'private.take_recovery_answer(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.take_recovery_answer($1, $2)',
      values: [tenant.workspaceId, tenant.recoveryRunId],
    }),
  },
  'private.retry_media(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: 'private.retry_media($1, $2)',
      values: [tenant.workspaceId, tenant.messageId],
    }),
  },
  'private.find_my_conversation(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: 'private.find_my_conversation($1, $2)',
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.queue_message(uuid,uuid,uuid,jsonb)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.queue_message($1, $2, gen_random_uuid(), '{"type": "text", "text": "Hello"}')`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.save_draft(uuid,uuid,text,uuid,timestamp with time zone)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.save_draft($1, $2, 'Hello', null, now())`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.create_upload(uuid,media_kind,text,text,bigint)': {
    level: 'member',
    call: (tenant) => ({
      expression: `private.create_upload($1, 'image', 'a.jpg', 'image/jpeg', 1)`,
      values: [tenant.workspaceId],
    }),
  },
  'private.save_push_subscription(uuid,text,text,text,text)': {
    level: 'member',
    call: (tenant) => ({
      expression: `private.save_push_subscription($1, 'https://push.example.com/new', 'key', 'secret', 'en')`,
      values: [tenant.workspaceId],
    }),
  },
  // An upload is its author's alone, see composer-media.test.ts; this one does not exist.
  'private.find_upload(uuid,uuid)': {
    level: 'nobody',
    call: (tenant) => ({
      expression: '(select u.id from private.find_upload($1, $1) as u)',
      values: [tenant.workspaceId],
    }),
  },
  // The message has left long ago.
  'private.take_back_message(uuid,uuid,uuid)': {
    level: 'nobody',
    call: (tenant) => ({
      expression: 'private.take_back_message($1, $2, $3)',
      values: [tenant.workspaceId, tenant.conversationId, tenant.messageId],
    }),
  },
  'private.queue_reaction(uuid,uuid,uuid,text)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.queue_reaction($1, $2, $3, '👍')`,
      values: [tenant.workspaceId, tenant.conversationId, tenant.messageId],
    }),
  },
  'private.open_conversation(uuid,uuid,uuid,text,text,text)': {
    level: 'member',
    call: (tenant) => ({
      expression: `private.open_conversation($1, $2, null, '+12025550188', null, 'valid')`,
      values: [tenant.workspaceId, tenant.channelId],
    }),
  },
  // Nobody is told anything where the workspace wants it so.
  'private.claim_customer_signal(uuid,uuid,text)': {
    level: 'nobody',
    call: (tenant) => ({
      expression: `nullif(private.claim_customer_signal($1, $2, 'typing'), false)`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.queue_reply(uuid,uuid,uuid,text)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.queue_reply($1, $2, gen_random_uuid(), 'Hello')`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.assign_conversation(uuid,uuid,uuid,boolean,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.assign_conversation($1, $2, null, false, null)`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.claim_conversation(uuid,uuid)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.claim_conversation($1, $2)`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.set_conversation_state(uuid,uuid,conversation_state,snooze_kind,timestamp with time zone)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.set_conversation_state($1, $2, 'closed', null, null)`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.set_conversation_labels(uuid,uuid,uuid[])': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.set_conversation_labels($1, $2, '{}')`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.write_note(uuid,uuid,uuid,text,uuid[])': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.write_note($1, $2, gen_random_uuid(), 'Note', '{}')`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  // Of a note that there is: its author is the agent, and admins may empty it.
  'private.change_note(uuid,uuid,uuid,text)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.change_note(
        $1, $2, (private.write_note($1, $2, gen_random_uuid(), 'Note', '{}')).id, null
      )`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.change_bot(uuid,uuid,boolean)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.change_bot($1, $2, true)`,
      values: [tenant.workspaceId, tenant.conversationId],
    }),
  },
  'private.set_my_availability(uuid,availability)': {
    level: 'member',
    call: (tenant) => ({
      expression: `private.set_my_availability($1, 'away')`,
      values: [tenant.workspaceId],
    }),
  },
  'private.search_contacts(uuid,text[],text[],text,text,text,integer)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.search_contacts($1, null, array['+'], null, null, null, 10)`,
      values: [tenant.workspaceId],
    }),
  },
  'private.search_messages(uuid,text,timestamp with time zone,uuid,integer)': {
    level: 'member',
    ofConversations: true,
    call: (tenant) => ({
      expression: `private.search_messages($1, 'hello', null, null, 10)`,
      values: [tenant.workspaceId],
    }),
  },
  'private.request_repair(uuid,uuid[])': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.request_repair($1, array[$2::uuid])',
      values: [tenant.workspaceId, tenant.findingId],
    }),
  },
  'private.list_endpoint_secrets(uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.list_endpoint_secrets($1)',
      values: [tenant.workspaceId],
    }),
  },
  'private.list_secret_ages(uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.list_secret_ages($1)',
      values: [tenant.workspaceId],
    }),
  },
  'private.redrive_events(uuid,bigint[],webhook_event_status,text)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.redrive_events($1, null, null, null)',
      values: [tenant.workspaceId],
    }),
  },
  'private.set_events_aside(uuid,bigint[])': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.set_events_aside($1, array[$2::bigint])',
      values: [tenant.workspaceId, tenant.webhookEventId],
    }),
  },
  'private.read_webhook_item(uuid,bigint)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.read_webhook_item($1, $2)',
      values: [tenant.workspaceId, tenant.webhookEventId],
    }),
  },
  'private.request_replay(uuid,jsonb)': {
    level: 'admin',
    call: (tenant) => ({
      expression: `private.request_replay($1, '{}')`,
      values: [tenant.workspaceId],
    }),
  },
  'private.apply_replay(uuid,uuid)': {
    level: 'admin',
    call: (tenant) => ({
      expression: 'private.apply_replay($1, $2)',
      values: [tenant.workspaceId, tenant.replayId],
    }),
  },
}

/** A question of whether one may see something. An id of the tenant comes back when the answer is yes. */
function mayISee(what: string, idsOf: (tenant: Tenant) => string[]): FunctionAccess {
  return {
    level: 'member',
    ofConversations: true,
    call: (tenant) => {
      const ids = idsOf(tenant)
      const places = ids.map((_, index) => `$${String(index + 3)}`)
      return {
        expression: `case when private.can_see_${what}($1, ${places.join(', ')}) then $2::uuid end`,
        values: [tenant.workspaceId, tenant.conversationId, ...ids],
      }
    },
  }
}

export interface TopicAccess {
  topic: (tenant: Tenant) => string
  hear: Level
  speak: Level
  ofConversations?: true
  /** The only one who is meant. */
  only?: (tenant: Tenant) => string
}

/** What each kind of Realtime topic lets members do. */
export const topicAccess: Record<string, TopicAccess> = {
  workspace: {
    topic: (tenant) => `workspace:${tenant.workspaceId}`,
    hear: 'member',
    speak: 'nobody',
    ofConversations: true,
  },
  team: {
    topic: (tenant) => `team:${tenant.teamId}`,
    hear: 'member',
    speak: 'nobody',
    ofConversations: true,
  },
  member: {
    topic: (tenant) => `member:${tenant.workspaceId}:${tenant.people.agent}`,
    hear: 'member',
    speak: 'nobody',
    only: (tenant) => tenant.people.agent,
  },
  conversation: {
    topic: (tenant) => `conversation:${tenant.conversationId}`,
    hear: 'member',
    speak: 'member',
    ofConversations: true,
  },
}

/** Whether an actor is meant by a level, and sees the tenant's conversations where that is asked. */
export function isMeant(level: Level, actor: Actor, ofConversations: true | undefined): boolean {
  const { place } = actor
  if (place === null || level === 'nobody') return false
  if (ofConversations === true && !actor.seesConversations) return false
  if (level === 'member') return true
  return level === 'admin' ? place !== 'agent' : place === 'owner'
}
