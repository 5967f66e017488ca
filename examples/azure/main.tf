# An Azure Key Vault key for every Astra database of one region. Customer keys on Azure are a private preview: who has to be
# let in to the vault is said by the vendor when it opens the preview to an organization.

variable "key_vault_id" {
  description = "Resource ID of a vault with soft delete and purge protection."
  type        = string
}

variable "region" {
  description = "Region of the databases, and so of the vault."
  type        = string
  default     = "westus2"
}

resource "astra_provider_id" "seat" {
  cloud_provider = "azure"
  region         = var.region
}

resource "azurerm_key_vault_key" "astra" {
  name         = "databases"
  key_vault_id = var.key_vault_id
  key_type     = "RSA"
  key_size     = 3072
  key_opts     = ["unwrapKey", "wrapKey"]

  lifecycle {
    prevent_destroy = true # a key that is gone takes its databases along
  }
}

resource "astra_cmk_key" "astra" {
  cloud_provider = "azure"
  region         = var.region
  key_id         = azurerm_key_vault_key.astra.id

  lifecycle {
    # Rotation makes a new version of the same key. It needs no new registration.
    ignore_changes = [key_id]
  }
}

output "provider_id" {
  description = "Who is to be let in."
  value       = astra_provider_id.seat.provider_id
}
