data "astra_cmk_keys" "all" {}
