//! Words of notifications.

use crate::open_enum;

open_enum! {
    /// What a service has to tell a merchant.
    pub enum NoticeType {
        /// A withdrawal waits for somebody's approval.
        ApprovalRequired = "approval_required",
        /// A withdrawal was approved.
        WithdrawalApproved = "withdrawal_approved",
        /// A withdrawal was refused.
        WithdrawalRejected = "withdrawal_rejected",
        /// A withdrawal was paid out.
        WithdrawalCompleted = "withdrawal_completed",
        /// A withdrawal could not be paid out.
        WithdrawalFailed = "withdrawal_failed",
        /// A withdrawal has come further.
        WithdrawalStatusUpdate = "withdrawal_status_update",
        /// A payment was paid.
        PaymentSuccess = "payment_success",
        /// An order has changed.
        OrderUpdated = "order_updated",
        /// A settlement was paid out.
        SettlementCompleted = "settlement_completed",
    }
}

open_enum! {
    /// How soon a merchant must know.
    pub enum Priority {
        /// Some time.
        Low = "low",
        /// Soon.
        Medium = "medium",
        /// Now.
        High = "high",
    }
}

open_enum! {
    /// Who carries e-mail. A server refuses those that it has not been set up for.
    pub enum EmailProvider {
        /// A mail server.
        Smtp = "smtp",
        /// Mailgun.
        Mailgun = "mailgun",
        /// SendGrid.
        Sendgrid = "sendgrid",
        /// Amazon SES.
        AwsSes = "aws_ses",
    }
}

open_enum! {
    /// What has happened, as endpoints and preferences name it.
    pub enum EventType {
        /// A merchant has registered.
        MerchantRegistered = "merchant.registered",
        /// A merchant's papers are in order.
        KycApproved = "kyc.approved",
        /// A merchant's papers were refused.
        KycRejected = "kyc.rejected",
        /// A merchant may do no more business.
        MerchantFrozen = "merchant.frozen",
        /// A password is to be replaced.
        PasswordReset = "password.reset",
        /// A payment was paid.
        PaymentSuccess = "payment.success",
        /// A payment was not paid.
        PaymentFailed = "payment.failed",
        /// A refund was paid back.
        RefundCompleted = "refund.completed",
        /// An order was created.
        OrderCreated = "order.created",
        /// An order was given up.
        OrderCancelled = "order.cancelled",
        /// A settlement was paid out.
        SettlementCompleted = "settlement.completed",
        /// The platform is being worked on.
        SystemMaintenance = "system.maintenance",
    }
}

open_enum! {
    /// Who carries SMS. A server refuses those that it has not been set up for.
    pub enum SmsProvider {
        /// Twilio.
        Twilio = "twilio",
        /// Alibaba Cloud.
        Aliyun = "aliyun",
        /// Tencent Cloud.
        Tencent = "tencent",
        /// Nobody, for tests.
        Mock = "mock",
    }
}

open_enum! {
    /// What a notification is about.
    pub enum NotificationType {
        /// A payment.
        Payment = "payment",
        /// A refund.
        Refund = "refund",
        /// An order.
        Order = "order",
        /// An account.
        Account = "account",
        /// The platform.
        System = "system",
        /// Logins and passwords.
        Security = "security",
        /// Offers.
        Marketing = "marketing",
        /// Money that has moved.
        Transaction = "transaction",
    }
}

open_enum! {
    /// Which way a message goes.
    pub enum DeliveryChannel {
        /// E-mail.
        Email = "email",
        /// SMS.
        Sms = "sms",
        /// A call of the merchant's server.
        Webhook = "webhook",
        /// A message to a telephone.
        Push = "push",
        /// A message in the merchant's console.
        InApp = "in_app",
    }
}

open_enum! {
    /// What has become of a notification.
    pub enum NotificationStatus {
        /// Not begun.
        Pending = "pending",
        /// Being handed over.
        Sending = "sending",
        /// Taken by the provider.
        Sent = "sent",
        /// Given up.
        Failed = "failed",
        /// Withdrawn before it was sent.
        Cancelled = "cancelled",
    }
}
