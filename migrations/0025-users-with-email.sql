-- Who has this email. A function of its own, so that it is planned once: not knowing the value, PostgreSQL takes it that
-- one user in a hundred has it, and so plans every statement with such a condition anew.
create function users_with_email(sought text) returns setof uuid
  language plpgsql stable rows 1 set plan_cache_mode = force_generic_plan as $$
begin
  return query select id from users where email_values @> jsonb_build_array(lower(sought)) and deleted_at is null;
end $$;
