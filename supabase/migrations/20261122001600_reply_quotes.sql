-- Which replies are about a message: one that comes after its replies is shown in them at once.
create index messages_replies on public.messages (workspace_id, channel_id, reply_to_wamid)
  where reply_to_wamid is not null;
