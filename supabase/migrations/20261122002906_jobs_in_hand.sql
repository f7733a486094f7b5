-- With each sign of life a worker says which jobs it has in its hands: what a dead one had taken is told from what a slow
-- one is still at.

alter table private.worker_heartbeats
  add column in_hand uuid[] not null default '{}';
