// The table of INFO's fields. See info_fields.h. It is long because Redis has that many fields; it is one table.
#include "exporters/redis/info_fields.h"

#include <deque>
#include <unordered_map>
#include <vector>

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

struct Row {
  std::string_view field;
  std::string_view metric;  // without "redis_"
  MetricType type;
  double factor = 1;
  std::string_view help = {};  // empty: "<metric> metric", as redis_exporter says
};

// Sorted by field. Odd types (gauges that count) are the peer's.
constexpr Row kRows[] = {
    {"acl_access_denied_auth", "acl_access_denied_auth_total", kCounter},
    {"acl_access_denied_channel", "acl_access_denied_channel_total", kCounter},
    {"acl_access_denied_cmd", "acl_access_denied_cmd_total", kCounter},
    {"acl_access_denied_key", "acl_access_denied_key_total", kCounter},
    {"active_defrag_hits", "defrag_hits", kGauge},
    {"active_defrag_key_hits", "defrag_key_hits", kGauge},
    {"active_defrag_key_misses", "defrag_key_misses", kGauge},
    {"active_defrag_misses", "defrag_misses", kGauge},
    {"active_defrag_running", "active_defrag_running", kGauge},
    {"allocator_active", "allocator_active_bytes", kGauge},
    {"allocator_allocated", "allocator_allocated_bytes", kGauge},
    {"allocator_frag_bytes", "allocator_frag_bytes", kGauge},
    {"allocator_frag_ratio", "allocator_frag_ratio", kGauge},
    {"allocator_muzzy", "allocator_muzzy_bytes", kGauge},
    {"allocator_resident", "allocator_resident_bytes", kGauge},
    {"allocator_rss_bytes", "allocator_rss_bytes", kGauge},
    {"allocator_rss_ratio", "allocator_rss_ratio", kGauge},
    {"aof_base_size", "aof_base_size_bytes", kGauge},
    {"aof_buffer_length", "aof_buffer_length", kGauge},
    {"aof_current_rewrite_time_sec", "aof_current_rewrite_duration_sec", kGauge},
    {"aof_current_size", "aof_current_size_bytes", kGauge},
    {"aof_delayed_fsync", "aof_delayed_fsync", kGauge},
    {"aof_enabled", "aof_enabled", kGauge},
    {"aof_last_bgrewrite_status", "aof_last_bgrewrite_status", kGauge},
    {"aof_last_cow_size", "aof_last_cow_size_bytes", kGauge},
    {"aof_last_rewrite_time_sec", "aof_last_rewrite_duration_sec", kGauge},
    {"aof_last_write_status", "aof_last_write_status", kGauge},
    {"aof_pending_bio_fsync", "aof_pending_bio_fsync", kGauge},
    {"aof_pending_rewrite", "aof_pending_rewrite", kGauge},
    {"aof_rewrite_buffer_length", "aof_rewrite_buffer_length", kGauge},
    {"aof_rewrite_in_progress", "aof_rewrite_in_progress", kGauge},
    {"aof_rewrite_scheduled", "aof_rewrite_scheduled", kGauge},
    {"async_loading", "async_loading", kGauge},
    {"bf_bloom_capacity_across_objects", "bf_bloom_capacity_across_objects", kGauge},
    {"bf_bloom_defrag_hits", "bf_bloom_defrag_hits_total", kCounter},
    {"bf_bloom_defrag_misses", "bf_bloom_defrag_misses_total", kCounter},
    {"bf_bloom_num_filters_across_objects", "bf_bloom_num_filters_across_objects", kGauge},
    {"bf_bloom_num_items_across_objects", "bf_bloom_num_items_across_objects", kGauge},
    {"bf_bloom_num_objects", "bf_bloom_num_objects", kGauge},
    {"bf_bloom_total_memory_bytes", "bf_bloom_total_memory_bytes", kGauge},
    {"blocked_clients", "blocked_clients", kGauge},
    {"client_biggest_input_buf", "client_biggest_input_buf", kGauge},
    {"client_longest_output_list", "client_longest_output_list", kGauge},
    {"client_output_buffer_limit_disconnections", "client_output_buffer_limit_disconnections_total", kCounter},
    {"client_query_buffer_limit_disconnections", "client_query_buffer_limit_disconnections_total", kCounter},
    {"client_recent_max_input_buffer", "client_recent_max_input_buffer_bytes", kGauge},
    {"client_recent_max_output_buffer", "client_recent_max_output_buffer_bytes", kGauge},
    {"clients_in_timeout_table", "clients_in_timeout_table", kGauge},
    {"cluster_connections", "cluster_connections", kGauge},
    {"cluster_current_epoch", "cluster_current_epoch", kGauge},
    {"cluster_enabled", "cluster_enabled", kGauge},
    {"cluster_known_nodes", "cluster_known_nodes", kGauge},
    {"cluster_my_epoch", "cluster_my_epoch", kGauge},
    {"cluster_size", "cluster_size", kGauge},
    {"cluster_slots_assigned", "cluster_slots_assigned", kGauge},
    {"cluster_slots_fail", "cluster_slots_fail", kGauge},
    {"cluster_slots_ok", "cluster_slots_ok", kGauge},
    {"cluster_slots_pfail", "cluster_slots_pfail", kGauge},
    {"cluster_state", "cluster_state", kGauge},
    {"cluster_stats_messages_received", "cluster_messages_received_total", kGauge},
    {"cluster_stats_messages_sent", "cluster_messages_sent_total", kGauge},
    {"configured_hz", "configured_hz", kGauge},
    {"connected_clients", "connected_clients", kGauge},
    {"connected_slaves", "connected_slaves", kGauge},
    {"current_client_thread", "current_client_thread", kGauge},
    {"current_eviction_exceeded_time", "current_eviction_exceeded_time_ms", kGauge},
    {"dump_payload_sanitizations", "dump_payload_sanitizations", kCounter},
    {"eventloop_cycles", "eventloop_cycles_total", kCounter},
    {"eventloop_duration_cmd_sum", "eventloop_duration_cmd_sum_usec_total", kCounter},
    {"eventloop_duration_sum", "eventloop_duration_sum_usec_total", kCounter},
    {"evicted_clients", "evicted_clients_total", kCounter},
    {"evicted_keys", "evicted_keys_total", kCounter},
    {"evicted_scripts", "evicted_scripts_total", kCounter},
    {"expire_cycle_cpu_milliseconds", "expire_cycle_cpu_time_ms_total", kCounter},
    {"expired_keys", "expired_keys_total", kCounter},
    {"expired_stale_perc", "expired_stale_percentage", kGauge},
    {"expired_subkeys", "expired_subkeys_total", kCounter},
    {"expired_time_cap_reached_count", "expired_time_cap_reached_total", kCounter},
    {"hz", "hz", kGauge},
    {"instantaneous_eventloop_cycles_per_sec", "instantaneous_eventloop_cycles_per_sec", kGauge},
    {"instantaneous_eventloop_duration_usec", "instantaneous_eventloop_duration_usec", kGauge},
    {"io_threaded_reads_processed", "io_threaded_reads_processed", kCounter},
    {"io_threaded_writes_processed", "io_threaded_writes_processed", kCounter},
    {"io_threads_active", "io_threads_active", kGauge},
    {"keyspace_hits", "keyspace_hits_total", kCounter},
    {"keyspace_misses", "keyspace_misses_total", kCounter},
    {"latest_fork_usec", "latest_fork_seconds", kGauge, 1e-6},
    {"lazyfree_pending_objects", "lazyfree_pending_objects", kGauge},
    {"lazyfreed_objects", "lazyfreed_objects", kGauge},
    {"loading", "loading_dump_file", kGauge},
    {"long_lock_waits", "long_lock_waits_total", kGauge},
    {"master_repl_offset", "master_repl_offset", kGauge},
    {"maxclients", "max_clients", kGauge},
    {"maxmemory", "memory_max_bytes", kGauge},
    {"mem_aof_buffer", "mem_aof_buffer_bytes", kGauge},
    {"mem_clients_normal", "mem_clients_normal", kGauge},
    {"mem_clients_slaves", "mem_clients_slaves", kGauge},
    {"mem_cluster_links", "mem_cluster_links_bytes", kGauge},
    {"mem_fragmentation_bytes", "mem_fragmentation_bytes", kGauge},
    {"mem_fragmentation_ratio", "mem_fragmentation_ratio", kGauge},
    {"mem_not_counted_for_evict", "mem_not_counted_for_eviction_bytes", kGauge},
    {"mem_overhead_db_hashtable_rehashing", "mem_overhead_db_hashtable_rehashing_bytes", kGauge},
    {"mem_replication_backlog", "mem_replication_backlog_bytes", kGauge},
    {"mem_total_replication_buffers", "mem_total_replication_buffers_bytes", kGauge},
    {"migrate_cached_sockets", "migrate_cached_sockets_total", kGauge},
    {"module_fork_in_progress", "module_fork_in_progress", kGauge},
    {"module_fork_last_cow_size", "module_fork_last_cow_size", kGauge},
    {"number_of_cached_scripts", "number_of_cached_scripts", kGauge},
    {"number_of_functions", "number_of_functions", kGauge},
    {"number_of_libraries", "number_of_libraries", kGauge},
    {"process_id", "process_id", kGauge},
    {"pubsub_channels", "pubsub_channels", kGauge},
    {"pubsub_clients", "pubsub_clients", kGauge},
    {"pubsub_patterns", "pubsub_patterns", kGauge},
    {"pubsubshard_channels", "pubsubshard_channels", kGauge},
    {"rdb_bgsave_in_progress", "rdb_bgsave_in_progress", kGauge},
    {"rdb_changes_since_last_save", "rdb_changes_since_last_save", kGauge},
    {"rdb_current_bgsave_time_sec", "rdb_current_bgsave_duration_sec", kGauge},
    {"rdb_last_bgsave_status", "rdb_last_bgsave_status", kGauge},
    {"rdb_last_bgsave_time_sec", "rdb_last_bgsave_duration_sec", kGauge},
    {"rdb_last_cow_size", "rdb_last_cow_size_bytes", kGauge},
    {"rdb_last_load_keys_expired", "rdb_last_load_expired_keys", kGauge},
    {"rdb_last_load_keys_loaded", "rdb_last_load_loaded_keys", kGauge},
    {"rdb_last_save_time", "rdb_last_save_timestamp_seconds", kGauge},
    {"rdb_saves", "rdb_saves_total", kGauge},
    {"rejected_connections", "rejected_connections_total", kCounter},
    {"repl_backlog_active", "repl_backlog_is_active", kGauge},
    {"repl_backlog_first_byte_offset", "repl_backlog_first_byte_offset", kGauge},
    {"repl_backlog_histlen", "repl_backlog_history_bytes", kGauge},
    {"repl_backlog_size", "replication_backlog_bytes", kGauge},
    {"reply_buffer_expands", "reply_buffer_expands_total", kCounter},
    {"reply_buffer_shrinks", "reply_buffer_shrinks_total", kCounter},
    {"search_bytes_collected", "search_collected_bytes", kGauge},
    {"search_dialect_1", "search_dialect_1", kGauge},
    {"search_dialect_2", "search_dialect_2", kGauge},
    {"search_dialect_3", "search_dialect_3", kGauge},
    {"search_dialect_4", "search_dialect_4", kGauge},
    {"search_errors_indexing_failures", "search_errors_indexing_failures", kGauge},
    {"search_gc_bytes_collected", "search_gc_collected_bytes", kGauge},
    {"search_gc_marked_deleted_vectors", "search_gc_marked_deleted_vectors", kGauge},
    {"search_gc_total_cycles", "search_gc_cycles_total", kCounter},
    {"search_gc_total_docs_not_collected", "search_gc_total_docs_not_collected", kGauge},
    {"search_gc_total_ms_run", "search_gc_run_ms_total", kCounter},
    {"search_global_idle", "search_global_idle", kGauge},
    {"search_largest_memory_index", "search_largest_memory_index_bytes", kGauge},
    {"search_number_of_active_indexes", "search_number_of_active_indexes", kGauge},
    {"search_number_of_active_indexes_indexing", "search_number_of_active_indexes_indexing", kGauge},
    {"search_number_of_active_indexes_running_queries", "search_number_of_active_indexes_running_queries", kGauge},
    {"search_number_of_indexes", "search_number_of_indexes", kGauge},
    {"search_smallest_memory_index", "search_smallest_memory_index_bytes", kGauge},
    {"search_total_active_queries", "search_active_queries_total", kCounter},
    {"search_total_active_write_threads", "search_total_active_write_threads", kGauge},
    {"search_total_cycles", "search_cycles_total", kCounter},
    {"search_total_indexing_time", "search_indexing_time_ms_total", kCounter},
    {"search_total_ms_run", "search_run_ms_total", kCounter},
    {"search_total_num_docs_in_indexes", "search_total_num_docs_in_indexes", kGauge},
    {"search_total_queries_processed", "search_queries_processed_total", kCounter},
    {"search_total_query_commands", "search_query_commands_total", kCounter},
    {"search_total_query_execution_time_ms", "search_query_execution_time_ms_total", kCounter},
    {"search_used_memory_indexes", "search_used_memory_indexes_bytes", kGauge},
    {"search_used_memory_vector_index", "search_used_memory_vector_index_bytes", kGauge},
    {"second_repl_offset", "second_repl_offset", kGauge},
    {"server_threads", "server_threads_total", kGauge},
    {"slave_expires_tracked_keys", "slave_expires_tracked_keys", kGauge},
    {"slave_priority", "slave_priority", kGauge},
    {"sync_full", "replica_resyncs_full", kGauge},
    {"sync_partial_err", "replica_partial_resync_denied", kGauge},
    {"sync_partial_ok", "replica_partial_resync_accepted", kGauge},
    {"total_blocking_keys", "total_blocking_keys", kGauge},
    {"total_blocking_keys_on_nokey", "total_blocking_keys_on_nokey", kGauge},
    {"total_commands_processed", "commands_processed_total", kCounter},
    {"total_connections_received", "connections_received_total", kCounter},
    {"total_error_replies", "total_error_replies", kCounter},
    {"total_eviction_exceeded_time", "eviction_exceeded_time_ms_total", kCounter},
    {"total_net_input_bytes", "net_input_bytes_total", kCounter},
    {"total_net_output_bytes", "net_output_bytes_total", kCounter},
    {"total_net_repl_input_bytes", "net_repl_input_bytes_total", kCounter},
    {"total_net_repl_output_bytes", "net_repl_output_bytes_total", kCounter},
    {"total_reads_processed", "total_reads_processed", kCounter},
    {"total_system_memory", "total_system_memory_bytes", kGauge},
    {"total_watched_keys", "total_watched_keys", kGauge},
    {"total_writes_processed", "total_writes_processed", kCounter},
    {"tracking_clients", "tracking_clients", kGauge},
    {"tracking_total_items", "tracking_total_items", kGauge},
    {"tracking_total_keys", "tracking_total_keys", kGauge},
    {"tracking_total_prefixes", "tracking_total_prefixes", kGauge},
    {"unexpected_error_replies", "unexpected_error_replies", kCounter},
    {"uptime_in_seconds", "uptime_in_seconds", kGauge},
    {"used_active_time_main_thread", "active_time_main_thread_seconds_total", kCounter},
    {"used_cpu_sys", "cpu_sys_seconds_total", kCounter},
    {"used_cpu_sys_children", "cpu_sys_children_seconds_total", kCounter},
    {"used_cpu_sys_main_thread", "cpu_sys_main_thread_seconds_total", kCounter},
    {"used_cpu_user", "cpu_user_seconds_total", kCounter},
    {"used_cpu_user_children", "cpu_user_children_seconds_total", kCounter},
    {"used_cpu_user_main_thread", "cpu_user_main_thread_seconds_total", kCounter},
    {"used_memory", "memory_used_bytes", kGauge},
    {"used_memory_dataset", "memory_used_dataset_bytes", kGauge},
    {"used_memory_functions", "memory_used_functions_bytes", kGauge},
    {"used_memory_lua", "memory_used_lua_bytes", kGauge},
    {"used_memory_overhead", "memory_used_overhead_bytes", kGauge},
    {"used_memory_peak", "memory_used_peak_bytes", kGauge},
    {"used_memory_rss", "memory_used_rss_bytes", kGauge},
    {"used_memory_scripts", "memory_used_scripts_bytes", kGauge},
    {"used_memory_scripts_eval", "memory_used_scripts_eval_bytes", kGauge},
    {"used_memory_startup", "memory_used_startup_bytes", kGauge},
    {"used_memory_vm_eval", "memory_used_vm_eval_bytes", kGauge},
    {"used_memory_vm_functions", "memory_used_vm_functions_bytes", kGauge},
    {"used_memory_vm_total", "memory_used_vm_total", kGauge},
    {"watching_clients", "watching_clients", kGauge},
    {"sentinel_masters", "sentinel_masters", kGauge, 1, "The number of masters this sentinel is watching"},
    {"sentinel_running_scripts", "sentinel_running_scripts", kGauge, 1, "Number of scripts in execution right now"},
    {"sentinel_scripts_queue_length", "sentinel_scripts_queue_length", kGauge, 1, "Queue of user scripts to execute"},
    {"sentinel_simulate_failure_flags", "sentinel_simulate_failure_flags", kGauge, 1, "Failures simulations"},
    {"sentinel_tilt", "sentinel_tilt", kGauge, 1, "Sentinel is in TILT mode"},
};

FieldGroup GroupOf(std::string_view field) {
  if (field.starts_with("search_") || field.starts_with("bf_")) return FieldGroup::kModule;
  return field == "total_system_memory" ? FieldGroup::kSystem : FieldGroup::kAlways;
}

// The rows with their texts spelled out.
struct Table {
  std::deque<std::string> texts;
  std::deque<InfoField> fields;
  std::unordered_map<std::string_view, const InfoField*> by_name;
  std::vector<const MetricSpec*> metrics;

  Table() {
    for (const Row& row : kRows) {
      const std::string& name = texts.emplace_back("redis_" + std::string(row.metric));
      const std::string& help =
          texts.emplace_back(row.help.empty() ? std::string(row.metric) + " metric" : std::string(row.help));
      fields.push_back({{name, row.type, help}, row.factor, GroupOf(row.field)});
      by_name.emplace(row.field, &fields.back());
      metrics.push_back(&fields.back().spec);
    }
  }
};

const Table& Fields() {
  static const Table kTable;  // made on first use: other files' constants are built from it at start
  return kTable;
}

constexpr size_t kMaxDynamicFields = 64;

}  // namespace

const InfoField* FindInfoField(std::string_view field) {
  const auto& by_name = Fields().by_name;
  const auto found = by_name.find(field);
  return found == by_name.end() ? nullptr : found->second;
}

std::span<const MetricSpec* const> InfoFieldMetrics() {
  return Fields().metrics;
}

const MetricSpec* DynamicFields::Find(std::string_view field) {
  if (const auto found = fields_.find(field); found != fields_.end()) return &found->second->spec;
  if (fields_.size() >= kMaxDynamicFields || field.size() > 100) return nullptr;
  auto owned = std::make_unique<Owned>();
  owned->name = "redis_";
  for (const char c : field) {
    const bool fits = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
    owned->name += fits ? c : '_';
  }
  owned->help = owned->name.substr(6) + " metric";
  owned->spec = {owned->name, kGauge, owned->help};
  return &fields_.emplace(std::string(field), std::move(owned)).first->second->spec;
}

}  // namespace bekci::exporters::redis
