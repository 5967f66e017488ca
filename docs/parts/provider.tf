terraform {
  required_version = ">= 1.8"
  required_providers {
    astra = {
      source = "astra-cmk/astra-cmk"
    }
  }
}

provider "astra" {
  # The token comes from ASTRA_API_TOKEN.
  organization_id = "6f0c4bd1-2a5e-4c62-9a5e-3d9e0c4f2b71" # refuses a token of another organization
}
