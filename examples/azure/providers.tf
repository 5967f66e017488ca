terraform {
  required_version = ">= 1.8"
  required_providers {
    astra = {
      source = "astra-cmk/astra-cmk"
    }
    azurerm = {
      source  = "hashicorp/azurerm"
      version = ">= 4.0"
    }
  }
}

provider "astra" {}

provider "azurerm" {
  features {}
}
