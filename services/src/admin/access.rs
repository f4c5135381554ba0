//! Who may call admin-service: staff, who show the token of their session. Sessions of staff are here and nowhere else, so
//! this service checks them itself, and then what the caller's roles allow: see `staff` and `domain::permissions`.

use crate::kit::{
    identity::access::{Access, Who, Who::Public},
    not_served::NotServed,
};

const LOGIN: &str = "it proves who somebody is: by password, and by the code of a second factor";
const STAFF: &[Who] = &[Public("the caller shows the token of a session of staff, which the service checks itself")];
/// Who keeps and sends mails.
const MAILS: &str = "notification-service owns mails and their templates; call its operations of templates and mails";

/// The table.
pub const ACCESS: Access = Access::Lines(&[
    ("login_admin", &[Public(LOGIN)]),
    ("create_admin", STAFF),
    ("list_admins", STAFF),
    ("get_admin", STAFF),
    ("update_admin", STAFF),
    ("delete_admin", STAFF),
    ("change_own_password", STAFF),
    ("change_password_strict", STAFF),
    ("reset_admin_password", STAFF),
    ("create_role", STAFF),
    ("list_roles", STAFF),
    ("get_role", STAFF),
    ("update_role", STAFF),
    ("delete_role", STAFF),
    ("assign_permissions", STAFF),
    ("assign_role_to_admin", STAFF),
    ("get_permission", STAFF),
    ("list_permissions", STAFF),
    ("list_permissions_by_resource", STAFF),
    ("get_audit_log", STAFF),
    ("list_audit_logs", STAFF),
    ("get_audit_log_stats", STAFF),
    ("create_system_config", STAFF),
    ("list_system_configs", STAFF),
    ("get_system_config", STAFF),
    ("update_system_config", STAFF),
    ("delete_system_config", STAFF),
    ("get_system_config_by_key", STAFF),
    ("list_system_configs_by_category", STAFF),
    ("batch_update_system_configs", STAFF),
    ("setup_two_factor", STAFF),
    ("verify_two_factor", STAFF),
    ("disable_two_factor", STAFF),
    ("regenerate_backup_codes", STAFF),
    ("list_login_activities", STAFF),
    ("list_abnormal_activities", STAFF),
    ("get_security_settings", STAFF),
    ("update_security_settings", STAFF),
    ("list_sessions", STAFF),
    ("deactivate_session", STAFF),
    ("deactivate_other_sessions", STAFF),
    ("get_preferences", STAFF),
    ("update_preferences", STAFF),
    ("get_review_overview", STAFF),
    ("decide_merchant", STAFF),
    ("decide_kyc_document", STAFF),
    ("decide_qualification", STAFF),
    ("decide_settlement", STAFF),
    ("decide_withdrawal", STAFF),
    ("create_email_template", STAFF),
    ("list_email_templates", STAFF),
    ("get_email_template", STAFF),
    ("update_email_template", STAFF),
    ("delete_email_template", STAFF),
    ("test_email_template", STAFF),
    ("init_default_email_templates", STAFF),
    ("send_email", STAFF),
    ("send_template_email", STAFF),
    ("list_email_logs", STAFF),
]);

/// Declared and not served: a second set of templates, and a second record of what was sent, would be a second truth.
pub const NOT_SERVED: NotServed = &[
    ("create_email_template", MAILS),
    ("list_email_templates", MAILS),
    ("get_email_template", MAILS),
    ("update_email_template", MAILS),
    ("delete_email_template", MAILS),
    ("test_email_template", MAILS),
    ("init_default_email_templates", "notification-service has its templates from the start"),
    ("send_email", MAILS),
    ("send_template_email", MAILS),
    ("list_email_logs", MAILS),
];
